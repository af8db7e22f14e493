package bot

import (
	"context"
	"maps"
	"slices"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// fakeEmergency is what the fake answers about extensions and emergencies.
type fakeEmergency struct {
	extension    access.Extension
	extensionErr error
	debriefs     []access.DebriefInput
}

func (f *fakeService) Extension(context.Context, identity.SlackUserID, access.GrantID) (access.Extension, error) {
	f.count("Extension")
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.extension, f.extensionErr
}

func (f *fakeService) Debrief(_ context.Context, in access.DebriefInput) (access.RequestView, error) {
	f.count("Debrief")
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.requests[in.Request]
	if !ok || v.Request.Debrief == nil {
		return v, fault.New(fault.NotFound, "fake.Debrief", "There is no emergency to look back at", "")
	}
	f.debriefs = append(f.debriefs, in)
	d := *v.Request.Debrief
	d.Justified, d.Note, d.ClosedAt, d.By = in.Justified, in.Note, f.now, access.Actor{Slack: in.User, Name: f.people[in.User].Name}
	v.Request.Debrief = &d
	f.requests[in.Request] = v
	return v, nil
}

func (f *fakeService) Debriefs(context.Context, identity.SlackUserID) ([]access.RequestView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var open []access.RequestView
	for _, id := range slices.Sorted(maps.Keys(f.requests)) {
		if f.requests[id].Request.Debrief.Open() {
			open = append(open, f.requests[id])
		}
	}
	return open, nil
}

// extended fills a form that prolongs access with what that is for.
func (f *fakeService) extended(s *access.Submission) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if g, ok := f.grants[s.Extends]; ok {
		s.Entitlements = []access.Entitlement{g.Grant.Key.Entitlement()}
	}
}
