// Package catalog holds the organization as data and searches in it.
//
// A Catalog is an immutable snapshot, built from Data after a sync and swapped in
// whole: every form, decision and message that holds one sees one consistent
// organization, and none of them ever waits for AWS. Indexes are built once, so that
// a keystroke in a form with 10,000 accounts costs well under a millisecond per
// answer that is shown.
package catalog
