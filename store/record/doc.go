// Package record is what the stores agree on about a record as it is stored: its JSON, its
// times, and the names that no store takes.
package record
