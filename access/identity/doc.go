// Package identity answers who somebody is, and how old that answer is.
//
// Slack and Identity Center each know half of a person. A Directory joins the halves
// by a confirmed e-mail in an allowed domain, pins the pair at first use, and keeps
// every fact with the time it was read, so that a caller states the oldest fact it
// accepts and gets either that or "not now". Facts that cannot be read keep their
// last state; they never become empty.
package identity
