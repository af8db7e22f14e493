// Package move carries everything that one store holds to another, of whichever kind.
//
// What is carried is a list of items in a fixed order (record.Tx), and its digest: the same
// contents give the same digest in every store. The target keeps, in the transaction of each
// batch, how many items it has and of which digest they are the beginning. So whatever ends
// a move, the next one goes on behind the last batch that was committed, a target is never
// filled from two sources, and a source that has changed in between is noticed.
//
// A move is over when the target was checked, its audit log replayed and compared with what
// it holds, and its digest is that of the source. Until then no bot serves from it (Ready).
// The source is only read.
//
// Who leads is not carried along (access.Lead): a bot that starts on the target finds
// nobody there and takes a term that is greater than any before.
package move
