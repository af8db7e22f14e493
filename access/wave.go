package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"stint/access/catalog"
)

// waveFor is how long somebody who left counts for how many leave at once: what ends them
// one by one, as fast as sources tell, is a wave too.
const waveFor = 10 * time.Minute

// finding is a live or scheduled grant that must end, or a pending request that must be
// withdrawn.
type finding struct {
	grant   GrantID
	request RequestID        // instead of grant
	person  catalog.PersonID // who left; "" when a deny matches
	live    bool
}

// wave decides what ends by itself and what waits for an admin's word: more than five live
// grants that a policy forbids, or more than five people who left, are more likely a
// mistake in the policy or the directory. What came before and waits does not keep a single
// one who leaves later from losing their access.
type wave struct {
	mu     sync.Mutex
	policy string                         // by which it was judged
	left   map[catalog.PersonID]time.Time // when they were found to have left
	people map[catalog.PersonID]bool      // whose things wait
	denied map[GrantID]bool               // that wait, and whether they are live
	asked  int                            // how much the admins were told of
}

// split says which findings are carried out now, how much waits, and of how much of that
// the admins have not heard. denies tells that found has everything that a deny hits, and
// meant that an admin wants those ended however many they are.
func (v *wave) split(now time.Time, version string, found []finding, denies, meant bool) (act []finding, held int, news int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.left == nil || v.policy != version {
		v.policy, v.left, v.people, v.denied, v.asked = version, map[catalog.PersonID]time.Time{}, map[catalog.PersonID]bool{}, map[GrantID]bool{}, 0
	}
	gone, denied := map[catalog.PersonID]bool{}, map[GrantID]bool{}
	for _, f := range found {
		if f.person != "" {
			gone[f.person] = true
		} else {
			denied[f.grant] = f.live
		}
	}
	for p := range v.people {
		if !gone[p] { // they are back, or an admin ended it
			delete(v.people, p)
			delete(v.left, p)
		}
	}
	for p := range gone {
		if _, known := v.left[p]; !known {
			v.left[p] = now
		}
	}
	lately, fresh := 0, 0
	for p, at := range v.left {
		switch {
		case v.people[p]:
		case now.Sub(at) >= waveFor && !gone[p]:
			delete(v.left, p)
		case now.Sub(at) < waveFor:
			lately++
			if gone[p] {
				fresh++
			}
		}
	}
	if denies {
		for g := range v.denied {
			if _, still := denied[g]; !still {
				delete(v.denied, g)
			}
		}
	}
	live := 0
	for g, is := range denied {
		if _, waits := v.denied[g]; is && !waits && !meant {
			live++
		}
	}
	together := live+fresh > massEnd
	if together || lately > massEnd {
		for p := range gone {
			if now.Sub(v.left[p]) < waveFor {
				v.people[p] = true
			}
		}
	}
	if together && !meant {
		for g, is := range denied {
			v.denied[g] = is
		}
	}
	if meant {
		clear(v.denied)
	}
	for _, f := range found {
		_, waits := v.denied[f.grant]
		if f.person != "" {
			waits = v.people[f.person]
		}
		switch {
		case !waits:
			act = append(act, f)
			delete(v.denied, f.grant)
		case f.person != "": // what they planned, too: nobody else would hear that it waits
			held++
		}
	}
	for _, is := range v.denied {
		if is {
			held++
		}
	}
	if news = held - v.asked; news < 0 {
		news = 0
	}
	v.asked = held
	return act, held, news
}

// over forgets what waited: an admin decided.
func (v *wave) over() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.left = nil
}

// carry ends what was found, but for what waits for an admin.
func (s *Service) carry(ctx context.Context, w *world, found []finding, denies, meant bool) error {
	version := ""
	if w.policy != nil {
		version = w.policy.Version()
	}
	act, held, news := s.wave.split(s.Now(), version, found, denies, meant)
	if err := s.hold(ctx, held); err != nil {
		return err
	}
	if news > 0 {
		if err := s.askToEnd(ctx, held); err != nil {
			return err
		}
	}
	if len(act) == 0 && !meant {
		return nil
	}
	return s.lead(ctx, func(b *book) error {
		if meant {
			if err := b.PutMeta(metaEnds, ""); err != nil { // once: what a later catalog does is another matter
				return err
			}
		}
		t := farewells{}
		for _, f := range act {
			if err := s.carryOne(b, w, f, t); err != nil {
				return err
			}
		}
		return t.report(b, s)
	})
}

// carryOne ends a grant or withdraws a request, if what was found is still so.
func (s *Service) carryOne(b *book, w *world, f finding, t farewells) error {
	if f.request != "" {
		r, err := b.Request(f.request)
		if err != nil || r.State != Pending {
			return err
		}
		who, why := s.leftAsking(r)
		if who == "" {
			return nil
		}
		t.note(who, why).requests++
		return b.decideRequest(&r, Withdrawn, System, why)
	}
	g, err := b.Grant(f.grant)
	if err != nil || g.State == Ended {
		return err
	}
	r, err := b.Request(g.Request)
	if err != nil {
		return err
	}
	reason, why := s.judge(w, r, g)
	if reason == "" {
		return nil
	}
	if reason == EndOffboarded {
		t.note(g.Key.Person, why).grants++
	}
	return b.endGrant(&g, reason, System, why)
}

// farewells are what one transaction took from people who left.
type farewells map[catalog.PersonID]*farewell

type farewell struct {
	why              string
	grants, requests int
}

func (t farewells) note(p catalog.PersonID, why string) *farewell {
	if t[p] == nil {
		t[p] = &farewell{why: why}
	}
	return t[p]
}

// report tells the admins who left, and what ended because of it.
func (t farewells) report(b *book, s *Service) error {
	var lines []string
	for p, f := range t {
		lines = append(lines, fmt.Sprintf("%s: %s %s ended, %s withdrawn.", s.human(p).Name, f.why, counted(f.grants, "grant"), counted(f.requests, "pending request")))
	}
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	return b.report("Access of people who left was ended.\n" + strings.Join(lines, "\n"))
}
