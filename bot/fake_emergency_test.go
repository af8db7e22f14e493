package bot

import (
	"context"

	"stint/access"
	"stint/access/identity"
)

// fakeEmergency is what the fake answers about extensions and emergencies.
type fakeEmergency struct {
	extension    access.Extension
	extensionErr error
}

func (f *fakeService) Extension(context.Context, identity.SlackUserID, access.GrantID) (access.Extension, error) {
	f.count("Extension")
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.extension, f.extensionErr
}
