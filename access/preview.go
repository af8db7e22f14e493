package access

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"time"

	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// PreviewInput is what a form asks for so far.
type PreviewInput struct {
	Asker        catalog.PersonID
	Receiver     catalog.PersonID // who shall have it; "" for who asks
	Entitlements []Entitlement
	Emergency    bool
	Ticket       string // as typed, for conditions
}

// Preview is what the form shows before anything is sent.
type Preview struct {
	// Items is everything that was asked about, each once, in the order given.
	Items []PreviewItem
	// Parts are the requests that it would become, tied where they are several: each is
	// decided for itself. What cannot be asked for is in none of them, unless all of a part's
	// items fail for the part's Problem.
	Parts []PreviewPart
	// Emergency counts the items that a rule would let in at once in an emergency.
	Emergency int
	// Wait is how long the last of them would wait until AWS is asked for it, by estimate; 0
	// when that is no more than a moment.
	Wait time.Duration
}

// PreviewItem is one entitlement, as it would fare.
type PreviewItem struct {
	ItemView
	Decision policy.Decision
	// Problem is why it cannot be asked for, nil when it can: the policy's refusal, an account
	// that cannot be granted, a step that cannot be met.
	Problem error
	// Live is a live or scheduled grant of it, Pending a request that waits for it; nil when none.
	Live    *Grant
	Pending *Request
	// Themself is set when the policy refuses it to who asks, and the receiver could ask for it.
	Themself bool
	// Standing is set when AWS held it without Stint at the last look; only told of few items.
	Standing bool
}

// Refused reports whether Submit would refuse a form with it.
func (i PreviewItem) Refused() bool { return i.Problem != nil || i.Pending != nil }

// PreviewPart is one request of a form.
type PreviewPart struct {
	Decision policy.Decision // of its first item; the terms are those of all
	Items    []ItemView
	// Approvers could vote on it now, the asker and receiver excluded; empty when automatic.
	Approvers []Human
	// Channel is where the card will go.
	Channel identity.ChannelID
	// Later could vote on it once it escalates, where only that completes it; nil otherwise.
	Later []Human
	// Emergencies is what an emergency finds used; nil where it has no limit, or is none.
	Emergencies *Emergencies
	// Problem is why it cannot be sent: nobody could decide it, or all emergencies are used.
	Problem error
}

// One is the only item, and its part or the zero part; ok is false unless there is exactly one.
func (p Preview) One() (item PreviewItem, part PreviewPart, ok bool) {
	if len(p.Items) != 1 {
		return item, part, false
	}
	if len(p.Parts) == 1 {
		part = p.Parts[0]
	}
	return p.Items[0], part, true
}

// Preview is what would happen if the form were sent now. It works from memory and one
// look into the store.
func (s *Service) Preview(ctx context.Context, in PreviewInput) (Preview, error) {
	w, err := s.ready()
	if err != nil {
		return Preview{}, err
	}
	receiver := cmp.Or(in.Receiver, in.Asker)
	var p Preview
	var parts []part
	at := map[int][]int{} // items by part
	emergencies := w.policy.Emergencies()
	seen := make(map[Entitlement]bool, len(in.Entitlements))
	for _, e := range in.Entitlements {
		if seen[e] {
			continue
		}
		seen[e] = true
		item := PreviewItem{ItemView: s.item(e)}
		p.Wait = max(p.Wait, s.Wait(ctx, e))
		item.Decision, item.Problem = s.decide(w, query(in.Asker, receiver, e, in.Emergency, in.Ticket))
		if item.Decision.Outcome == policy.NotRequestable && receiver != in.Asker {
			_, err := s.decide(w, query(receiver, receiver, e, in.Emergency, in.Ticket))
			item.Themself = err == nil
		}
		if item.Problem == nil {
			n := 0
			parts, n = addTo(parts, item.Decision, e)
			at[n] = append(at[n], len(p.Items))
		}
		if emergencies {
			if in.Emergency && item.Problem == nil {
				p.Emergency++
			} else if _, err := s.decide(w, query(in.Asker, receiver, e, true, in.Ticket)); !in.Emergency && err == nil {
				p.Emergency++
			}
		}
		p.Items = append(p.Items, item)
	}
	facts := s.Directory.Snapshot()
	for n, tied := range parts {
		part := s.previewPart(w, facts, tied, in.Asker, receiver)
		if part.Emergencies, err = s.emergenciesUsed(ctx, tied.terms, in.Asker, receiver); err != nil {
			return p, err
		}
		if part.Problem == nil {
			part.Problem = part.Emergencies.refuse(tied.terms)
		}
		part.Decision = p.Items[at[n][0]].Decision
		for _, i := range at[n] {
			part.Items = append(part.Items, p.Items[i].ItemView)
			p.Items[i].Problem = part.Problem
		}
		p.Parts = append(p.Parts, part)
	}
	return p, s.have(ctx, receiver, p.Items)
}

// previewPart says who would decide a part.
func (s *Service) previewPart(w *world, facts *identity.Snapshot, p part, asker, receiver catalog.PersonID) PreviewPart {
	out := PreviewPart{Channel: identity.ChannelID(p.terms.Channel)}
	if !p.terms.Automatic {
		out.Approvers = s.humans(w.policy.Approvers(facts, p.terms, asker, receiver))
		out.Problem = w.policy.Feasible(facts, p.terms, asker, receiver)
		out.Later = s.later(w.policy, facts, p.terms, asker, receiver)
	}
	return out
}

// addTo puts an entitlement into the part whose terms decide it, which is made when there is none.
func addTo(parts []part, d policy.Decision, e Entitlement) (grown []part, at int) {
	at = slices.IndexFunc(parts, func(p part) bool { return reflect.DeepEqual(p.terms, d.Terms) })
	if at < 0 {
		at = len(parts)
		parts = append(parts, part{terms: d.Terms, why: d.Why})
	}
	parts[at].entitlements = append(parts[at].entitlements, e)
	return parts, at
}

// fewItems is up to how many items each is looked up by its key.
const fewItems = 10

// have finds what the receiver has already, or waits for.
func (s *Service) have(ctx context.Context, receiver catalog.PersonID, items []PreviewItem) error {
	return s.Store.View(ctx, func(tx Tx) error {
		live, err := tx.Grants(GrantFilter{States: []GrantState{Scheduled, Live}, Person: receiver})
		if err != nil {
			return err
		}
		pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}, Person: receiver})
		if err != nil {
			return err
		}
		for i := range items {
			e := items[i].Entitlement
			if len(items) <= fewItems {
				a, err := tx.Assignment(e.For(receiver))
				if err != nil {
					return err
				}
				items[i].Standing = a.Foreign
			}
			for n := range live {
				if g := &live[n]; g.Key == e.For(receiver) && (items[i].Live == nil || g.End.After(items[i].Live.End)) {
					items[i].Live = g
				}
			}
			for n := range pending {
				if r := &pending[n]; r.Receiver.Person == receiver && slices.Contains(r.Entitlements, e) {
					items[i].Pending = r
					break
				}
			}
		}
		return nil
	})
}
