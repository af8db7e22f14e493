// Package bolt keeps Stint's records in one file, with no server beside it.
//
// Everything that must survive a crash is written in the transaction that makes it
// true, so the store needs transactions that are all or nothing, durable when they
// return, and a way to find the next thing to do without reading the rest. A B+tree in a file
// that only ever writes to free pages and then swaps its root, which is what bbolt is,
// gives just that: a crash at any moment leaves the old root or the new one.
//
// # Layout
//
// A record is one JSON value: readable with any tool, open to new fields, and the same
// text that the audit log holds. Each kind has a bucket under its own key:
//
//	requests, grants, notices   by id; ULIDs, so the order of keys is the order of creation
//	revisions                   by id, likewise
//	assignments                 by access.Key.String
//	messages                    by key
//	audit                       by Seq, 8 bytes big-endian
//	pins                        by Slack user
//	meta, blobs                 by name; a blob is apart so that a large one is not in the way
//	chain                       "head": the last chained Seq and its hash
//	schema                      "version": the layout of this file
//
// Indexes hold nothing that could not be derived. One function a kind (requestIndex,
// grantIndex…) derives all entries from the record; Put writes the difference between the
// old record's entries and the new one's, Check compares all of them, so the two cannot
// disagree. Parts are separated by a zero byte, which sorts first; the record's key
// comes last and the value is empty unless it is named here:
//
//	requests.form               form key → request id, unique
//	requests.state              state, id
//	requests.person             asker or receiver, state, id
//	requests.debrief            id, of those whose debrief is open
//	grants.state                state, id
//	grants.key                  assignment key, state, id
//	grants.person               person, state, id
//	grants.request              request id, grant id
//	assignments.state           state, key
//	assignments.stuck           key, of those that are stuck
//	due                         time, kind (r, g, a), key → of a grant, its assignment key
//	notices.next                time of NextAt, id
//	pins.person                 person → Slack user, unique
//	revisions.state             state, id
//
// The state is part of the key and person indexes because history grows and the
// present does not: "is a Live grant of this key there" costs the same in the tenth
// year. A list over several states merges one run a state, newest first, and stops at
// its limit. Times in keys are 12 bytes, seconds and nanoseconds, big-endian with the
// sign turned, so that due work is one seek away however much is not due.
//
// # Versions of the layout
//
// Open brings an older file forward, all steps in one transaction, and refuses a newer
// one, which may hold what this version would lose when it rewrites a record.
//
// # Size and memory
//
// The file is mapped into memory, never copied: its pages count as file-backed memory
// (RssFile), which the kernel takes back when it wants, not as RssAnon. Open reserves
// the address space for the largest file that is allowed. So the file is never mapped
// anew, which would make an Update wait for every View, and an Update inside a View of the
// same goroutine wait for itself. Freed pages (notices come and go all day) are used again; the
// file never shrinks. The free list is kept in the file, so that opening does not have to read
// all of it, and in a hash map in memory, so that taking pages from a long list stays fast.
// A View that runs for long pins the pages of its state: none should outlive a request.
package bolt
