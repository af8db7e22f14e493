// Package storetest says what a store must do, by doing it.
//
// Run is the conformance suite: every store passes it, and it knows nothing of a store but
// access.Store. It holds one test for each promise of access.Tx and one that makes
// random transactions on the store and on Model, and compares everything that can be
// read after each. Model is the promise written as plainly as possible, maps
// and loops without an index, so that it can be judged by reading it; it passes Run too.
package storetest
