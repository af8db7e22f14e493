package identity

// Snapshot is the facts as they were at one moment: immutable, never waiting, the
// policy.Facts of an evaluation.
type Snapshot struct{}
