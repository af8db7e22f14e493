package bolt

import (
	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

func (t *tx) Revision(access.RevisionID) (access.Revision, error) {
	return access.Revision{}, fault.New(fault.NotFound, "bolt.Revision", "There is no such revision.", "")
}
func (t *tx) PutRevision(access.Revision) error                          { return nil }
func (t *tx) Revisions(access.RevisionFilter) ([]access.Revision, error) { return nil, nil }
func (t *tx) DeletePin(identity.SlackUserID) error                       { return nil }
