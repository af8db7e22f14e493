// Package postgres keeps Stint's records in Postgres, so that several replicas can serve.
//
// A record is one JSON value, as in the embedded store, beside the few columns that are
// asked for; no index is built on JSON. Ids and keys compare by bytes (COLLATE "C"): ULIDs
// are then in the order of their creation.
//
// One transaction writes at a time, in all replicas together: Update begins by locking the
// only row of the table writer. The lifecycle's promises span records (the votes of a
// request and the grants they create, the one assignment of a key and every grant that
// wants it, the gapless audit log), and a chat writes a few times a second, not thousands.
// What the lock costs is measured in BENCHMARKS.md; what it buys is that no two
// transactions ever interleave, none is retried, and the engine releases the lock of
// whoever dies or stalls (idle_in_transaction_session_timeout). Reading takes no lock: a View
// is one snapshot.
//
// A commit whose answer is lost is never assumed: its transaction id is read first, and
// pg_xact_status is asked afterwards.
package postgres
