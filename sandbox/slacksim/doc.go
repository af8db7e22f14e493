// Package slacksim is a Slack workspace in memory that speaks Slack's own wire protocols: the Web API over
// HTTP and Socket Mode over WebSocket.
//
// It exists so that an app can be developed and tested with its real Slack client where no workspace may be
// reached. Its worth lies in being strict: what Slack refuses is refused here, with the same error code, the
// same shape and the same words, because a simulator that forgives teaches its users to ship what breaks. It
// is therefore written from Slack's documentation and from measurements, never from what one app sends, and
// it imports nothing of the product it tests.
//
// A Workspace has two faces. [Workspace.Handler] is what apps talk to. [Workspace.As] gives a Person, who sees
// and does what a human does in a Slack client: runs commands, presses buttons, fills and submits modals, and
// waits, as humans do, up to three seconds for the app before Slack says that it has trouble connecting.
//
// Facts about Slack that are remembered rather than measured are fields of Switches, so that a test suite can
// run with each of them both ways. Everything that can go wrong between an app and Slack is a field of Faults.
//
// Two clocks are kept apart. Config.Now stamps messages and may be moved by hours; Config.Wall measures what
// Slack measures in real time: trigger ids, response URLs, socket tickets, rate limits.
//
// The handler serves loopback only, checks the Host header, and accepts no token but those it issued.
package slacksim
