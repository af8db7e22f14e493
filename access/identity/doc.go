// Package identity answers who somebody is, and how old that answer is.
//
// Slack and Identity Center each know half of a person. A Directory joins the halves
// by a confirmed e-mail in an allowed domain, pins the pair at first use, and keeps
// every fact with the time it was read, so that a caller states the oldest fact it
// accepts and gets either that or "not now". Facts that cannot be read keep their
// last state; they never become empty.
//
// One read serves all who wait for it and does not end when one of them gives up: the
// Directory owns it until Close. Run keeps what the policy watches young at a slow pace,
// because what Slack allows in a minute belongs to those who wait.
//
// A policy must not wait, so it is given a Snapshot: immutable, derived anew with each
// change and swapped whole. In it a membership has three values. A Slack user of whom
// nothing was read yet may be anybody, a channel that became public says nothing of who
// was meant, and a member who was deactivated must neither vote nor slip through a deny:
// all of these are Unknown, which an allow does not count and a deny does.
package identity
