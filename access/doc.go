// Package access is the lifecycle: requests, reviews, grants, assignments, and what makes
// AWS agree with them. No access without a decision on record, and no access without an
// end that is already on disk.
//
// Three records, three tables (transitions.go; every other pair is a conflict):
//
//	Request    Pending ─▶ Approved | Denied | Cancelled | Lapsed | Withdrawn
//	Grant      Scheduled ─▶ Live ─▶ Ended
//	Assignment Absent ─▶ Creating ─▶ Present ─▶ Deleting ─▶ Absent
//
// A Grant is the right, an Assignment is what AWS holds for one person, account and role.
// They are apart so that overlapping grants need no care: an assignment is wanted while
// some live grant of its key covers now (wanted, in grant.go), and there is one way out:
// nobody wants it any more. The worker drives each assignment there: it looks, stores the
// intent, calls AWS, stores the outcome. So a process may die anywhere, and the next one
// finds in the file what to do.
//
// Decisions need facts, and facts need I/O; transactions allow none. So facts are read
// first, and the transaction compares what they were read for. Messages are stored by
// the transaction that causes them (outbox.go), and every change writes its audit line in
// the same transaction (book.go), chained by hash within a second (chain.go).
//
// The ports are in ports.go; adapters for Slack, AWS and the store implement them and do
// not know each other.
package access
