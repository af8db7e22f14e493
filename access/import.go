package access

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/fault"
	"stint/access/policy"
)

// ImportPolicy puts a policy in force in a store that no bot runs on, as `stint policy
// import` does; a reason is required. Its names are resolved when a bot starts on it. Where
// it says what is in force already, nothing changes. What now is counts from the highest
// time in the store at least.
func ImportPolicy(ctx context.Context, store Store, spec policy.Spec, by Actor, reason string, now time.Time) (Revision, error) {
	reason, err := reasonFor("access.ImportPolicy", reason)
	if err != nil {
		return Revision{}, err
	}
	var r Revision
	ids := newIDSource()
	err = store.Update(ctx, func(tx Tx) error {
		high, err := readTime(tx, metaClock)
		if err != nil {
			return err
		}
		if high.After(now) {
			now = high
		}
		b := &book{Tx: tx, now: now.UTC(), ids: ids}
		old, found, err := inForce(tx)
		if err != nil {
			return err
		}
		if found && len(policy.Diff(old.Spec, spec)) == 0 && old.Spec.Version() == spec.Version() {
			r = old
			return nil
		}
		r = Revision{ID: RevisionID(ids.next(b.now)), Base: old.ID, Spec: spec, Author: by, CreatedAt: b.now, ChangedAt: b.now, Reason: reason}
		if err := b.enact(&r, by, "imported"); err != nil {
			return err
		}
		return b.PutMeta(metaPolicy, spec.Version())
	})
	return r, err
}

// reasonFor checks and trims a reason.
func reasonFor(op, reason string) (string, error) {
	return limited(op, reason, "reason", "Say why.", "The others read it in the history of the policy.")
}

// limited checks and trims a text that must be given.
func limited(op, text, field, missing, hint string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", fault.New(fault.Invalid, op, missing, hint).In(field)
	case utf8.RuneCountInString(text) > maxReason || !utf8.ValidString(text):
		return "", fault.Newf(fault.Invalid, op, "Shorten it.", "This may have %d characters.", maxReason).In(field)
	}
	return text, nil
}
