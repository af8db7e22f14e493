package storetest

import (
	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

func (t *modelTx) Revision(access.RevisionID) (access.Revision, error) {
	return access.Revision{}, refuse(fault.NotFound, "no such revision")
}
func (t *modelTx) PutRevision(access.Revision) error                          { return nil }
func (t *modelTx) Revisions(access.RevisionFilter) ([]access.Revision, error) { return nil, nil }
func (t *modelTx) DeletePin(identity.SlackUserID) error                       { return nil }
