// Package page is the web page of the sandbox and the JSON API behind it.
//
// The page looks like a workspace, because the product that is tried here is used from one: people to act as,
// channels, a Home tab, modals, and beside them what AWS holds. It can do nothing that the API cannot: every
// act is one documented call (API.md), so that a script, a test and a person at the keyboard do the same
// things, and the page can be replaced without losing any.
//
// The page listens on loopback, where every web page that is open in the same browser can reach it too.
// Hence the guard: names other than this machine's are refused (a name that an attacker controls may resolve
// to 127.0.0.1), so are foreign origins, and whatever changes something needs a token that only a page of
// the same origin can read. Nothing that an app or a person wrote ever becomes markup.
package page
