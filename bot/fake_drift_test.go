package bot

import (
	"context"

	"stint/access"
	"stint/access/identity"
)

// fakeDrift holds what each method of DriftService does in a test, as in fakeAdmin.
type fakeDrift struct {
	onDrift         func(ctx context.Context, user identity.SlackUserID, q access.DriftQuery) (access.DriftView, error)
	onFinding       func(ctx context.Context, user identity.SlackUserID, id access.FindingID) (access.FindingView, error)
	onScanDrift     func(ctx context.Context, user identity.SlackUserID) error
	onDriftParts    func(ctx context.Context, user identity.SlackUserID) (access.DriftParts, error)
	onDriftMany     func(ctx context.Context, user identity.SlackUserID, sc access.DriftScope) (access.DriftMany, error)
	onSnoozeMany    func(ctx context.Context, user identity.SlackUserID, sc access.DriftScope, day string) (int, error)
	onIgnoreMany    func(ctx context.Context, user identity.SlackUserID, sc access.DriftScope, reason string) (int, error)
	onSnoozeFinding func(ctx context.Context, user identity.SlackUserID, id access.FindingID, day string) (access.FindingView, error)
	onIgnoreFinding func(ctx context.Context, user identity.SlackUserID, id access.FindingID, reason string) (access.FindingView, error)
	onWatchFinding  func(ctx context.Context, user identity.SlackUserID, id access.FindingID) (access.FindingView, error)
	onRemoveFinding func(ctx context.Context, user identity.SlackUserID, id access.FindingID, reason string) (access.FindingView, error)
}

func (f *fakeService) Drift(ctx context.Context, user identity.SlackUserID, q access.DriftQuery) (access.DriftView, error) {
	f.count("Drift")
	if fn := get(f, &f.onDrift); fn != nil {
		return fn(ctx, user, q)
	}
	return access.DriftView{}, notSet("Drift")
}

func (f *fakeService) Finding(ctx context.Context, user identity.SlackUserID, id access.FindingID) (access.FindingView, error) {
	f.count("Finding")
	if fn := get(f, &f.onFinding); fn != nil {
		return fn(ctx, user, id)
	}
	return access.FindingView{}, notSet("Finding")
}

func (f *fakeService) ScanDrift(ctx context.Context, user identity.SlackUserID) error {
	f.count("ScanDrift")
	if fn := get(f, &f.onScanDrift); fn != nil {
		return fn(ctx, user)
	}
	return notSet("ScanDrift")
}

func (f *fakeService) SnoozeFinding(ctx context.Context, user identity.SlackUserID, id access.FindingID, day string) (access.FindingView, error) {
	f.count("SnoozeFinding")
	if fn := get(f, &f.onSnoozeFinding); fn != nil {
		return fn(ctx, user, id, day)
	}
	return access.FindingView{}, notSet("SnoozeFinding")
}

func (f *fakeService) IgnoreFinding(ctx context.Context, user identity.SlackUserID, id access.FindingID, reason string) (access.FindingView, error) {
	f.count("IgnoreFinding")
	if fn := get(f, &f.onIgnoreFinding); fn != nil {
		return fn(ctx, user, id, reason)
	}
	return access.FindingView{}, notSet("IgnoreFinding")
}

func (f *fakeService) WatchFinding(ctx context.Context, user identity.SlackUserID, id access.FindingID) (access.FindingView, error) {
	f.count("WatchFinding")
	if fn := get(f, &f.onWatchFinding); fn != nil {
		return fn(ctx, user, id)
	}
	return access.FindingView{}, notSet("WatchFinding")
}

func (f *fakeService) RemoveFinding(ctx context.Context, user identity.SlackUserID, id access.FindingID, reason string) (access.FindingView, error) {
	f.count("RemoveFinding")
	if fn := get(f, &f.onRemoveFinding); fn != nil {
		return fn(ctx, user, id, reason)
	}
	return access.FindingView{}, notSet("RemoveFinding")
}

func (f *fakeService) DriftParts(ctx context.Context, user identity.SlackUserID) (access.DriftParts, error) {
	f.count("DriftParts")
	if fn := get(f, &f.onDriftParts); fn != nil {
		return fn(ctx, user)
	}
	return access.DriftParts{}, notSet("DriftParts")
}

func (f *fakeService) DriftMany(ctx context.Context, user identity.SlackUserID, sc access.DriftScope) (access.DriftMany, error) {
	f.count("DriftMany")
	if fn := get(f, &f.onDriftMany); fn != nil {
		return fn(ctx, user, sc)
	}
	return access.DriftMany{}, notSet("DriftMany")
}

func (f *fakeService) SnoozeMany(ctx context.Context, user identity.SlackUserID, sc access.DriftScope, day string) (int, error) {
	f.count("SnoozeMany")
	if fn := get(f, &f.onSnoozeMany); fn != nil {
		return fn(ctx, user, sc, day)
	}
	return 0, notSet("SnoozeMany")
}

func (f *fakeService) IgnoreMany(ctx context.Context, user identity.SlackUserID, sc access.DriftScope, reason string) (int, error) {
	f.count("IgnoreMany")
	if fn := get(f, &f.onIgnoreMany); fn != nil {
		return fn(ctx, user, sc, reason)
	}
	return 0, notSet("IgnoreMany")
}
