// Package sandbox starts a world to try an access bot in: a simulated Slack workspace, a simulated AWS
// organization that holds the same people, and a web page on which one acts as any of them.
//
// It exists because the two systems such a bot lives between are the two that nobody lends out for a trial:
// a workspace one may post to and an organization one may grant access in. Everything listens on loopback
// only, speaks the real wire protocols, and knows nothing of the program that is tried in it: that program
// reaches it over HTTP and WebSocket with its ordinary clients, so what works here was not helped by a
// short cut.
//
// Time can be moved. The [Clock] runs with the wall plus an offset; whoever waits on it sees a jump at once.
// The timers that real Slack runs against an app (three seconds to acknowledge) stay real.
package sandbox
