// Package replicas holds the suites of several replicas on one database: processes that are
// killed, stopped and cut off under load, and histories of many clients checked for
// linearizability.
package replicas

import _ "github.com/anishathalye/porcupine"
