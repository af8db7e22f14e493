package access

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// IAMReader reads the IAM roles of member accounts, in order of account ids, beginning
// behind an account.
type IAMReader interface {
	IAMRoles(ctx context.Context, accounts []catalog.Account, after catalog.AccountID, each func(catalog.AccountRoles) error) error
}

// IAMRolesOptions say whether and how often the IAM roles of member accounts are read.
// They are listed for information; nothing is granted by them.
type IAMRolesOptions struct {
	Reader IAMReader     // nil: they are not read
	Every  time.Duration // since the last reading began
	Off    string        // why they are not read, for people
}

const (
	metaIAMRoles = "iam_roles"
	// iamChunk is how many accounts one stored piece has: what a crash costs, and what is read
	// to show one account.
	iamChunk = 100
)

// IAMReading is one reading of the IAM roles of all accounts.
type IAMReading struct {
	Side     string              `json:"side"` // where its pieces are stored
	Begun    time.Time           `json:"begun"`
	Finished time.Time           `json:"finished,omitzero"`
	Last     catalog.AccountID   `json:"last,omitempty"` // read so far
	From     []catalog.AccountID `json:"from,omitempty"` // the first account of each piece
	Accounts int                 `json:"accounts"`
	Roles    int                 `json:"roles"`
	// Unread is how many accounts could not be read, and Missed the first of them; the
	// management account, which never has a reader role, is not among them.
	Unread int                 `json:"unread,omitempty"`
	Missed []catalog.AccountID `json:"missed,omitempty"`
}

// missedNamed is how many accounts that could not be read are named.
const missedNamed = 5

// iamState is the reading that is shown, and the one that runs.
type iamState struct {
	Shown   *IAMReading `json:"shown,omitempty"`
	Running *IAMReading `json:"running,omitempty"`
	Problem string      `json:"problem,omitempty"` // why the last attempt did not get on
	Asked   time.Time   `json:"asked,omitzero"`    // when an admin last asked for it
}

// asked reports whether an admin wants it newer than what is shown.
func (st *iamState) asked() bool { return st.Shown != nil && st.Asked.After(st.Shown.Begun) }

func readIAMState(tx Tx) (st iamState, err error) {
	raw, err := tx.Meta(metaIAMRoles)
	if err != nil || raw == "" {
		return st, err
	}
	err = json.Unmarshal([]byte(raw), &st)
	return st, fault.Wrap(err, fault.Internal, "access.readIAMState", "What is known of the reading of IAM roles cannot be read.", "")
}

func (b *book) putIAMState(st iamState) error {
	raw, err := json.Marshal(st)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putIAMState", "", "")
	}
	return b.PutMeta(metaIAMRoles, string(raw))
}

func iamBlob(side string, n int) string { return fmt.Sprintf("iam_roles/%s/%04d", side, n) }

// ReadIAMRoles reads the IAM roles of all accounts, when that is due, an admin asked for it
// or an earlier reading was broken off: it goes on where that one was stored last. One runs
// at a time.
func (s *Service) ReadIAMRoles(ctx context.Context) error {
	c := s.Catalog()
	if s.IAMRoles.Reader == nil || c == nil || !s.readingIAM.CompareAndSwap(false, true) {
		return nil
	}
	defer s.readingIAM.Store(false)
	var st iamState
	if err := s.Store.View(ctx, func(tx Tx) (err error) { st, err = readIAMState(tx); return err }); err != nil {
		return err
	}
	now := s.Now()
	switch {
	case st.Running != nil && now.Sub(st.Running.Begun) < s.IAMRoles.Every:
	case st.Shown != nil && now.Sub(st.Shown.Begun) < s.IAMRoles.Every && !st.asked():
		return nil
	default:
		st.Running = &IAMReading{Side: "a", Begun: now}
		if st.Shown != nil && st.Shown.Side == "a" {
			st.Running.Side = "b"
		}
		st.Problem = ""
		if err := s.lead(ctx, func(b *book) error { return b.putIAMState(st) }); err != nil { // that it runs is to be seen
			return err
		}
	}
	var piece []catalog.AccountRoles
	store := func() error {
		if len(piece) == 0 {
			return nil
		}
		r := st.Running
		blob, err := packRoles(piece)
		if err != nil {
			return err
		}
		name := iamBlob(r.Side, len(r.From))
		r.From = append(r.From, piece[0].Account)
		for _, a := range piece {
			r.Accounts, r.Roles, r.Last = r.Accounts+1, r.Roles+len(a.Roles), a.Account
			if a.Problem != "" && a.Account != c.ManagementAccount() {
				r.Unread++
				if len(r.Missed) < missedNamed {
					r.Missed = append(r.Missed, a.Account)
				}
			}
		}
		piece = piece[:0]
		return s.lead(ctx, func(b *book) error {
			if err := b.PutBlob(name, blob); err != nil {
				return err
			}
			return b.putIAMState(st)
		})
	}
	err := s.IAMRoles.Reader.IAMRoles(ctx, c.Accounts(), st.Running.Last, func(a catalog.AccountRoles) error {
		if piece = append(piece, a); len(piece) < iamChunk {
			return nil
		}
		return store()
	})
	if err == nil {
		err = store()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	st.Problem = ""
	if err != nil {
		st.Problem = explain(err)
	} else {
		st.Running.Finished = s.Now()
		st.Shown, st.Running = st.Running, nil
	}
	if e := s.lead(ctx, func(b *book) error { return b.putIAMState(st) }); e != nil {
		return e
	}
	return err
}

// ReadIAMRolesNow lets the IAM roles of all accounts be read for an admin, and returns at
// once; the catalog says how far it is.
func (s *Service) ReadIAMRolesNow(ctx context.Context, user identity.SlackUserID) error {
	h, err := s.adminOnly(ctx, user)
	if err != nil {
		return err
	}
	if s.IAMRoles.Reader == nil {
		why, _ := s.iamStatus(ctx)
		return fault.New(fault.Invalid, "access.ReadIAMRolesNow", why, "Whoever runs Stint can set it.")
	}
	if err := s.update(ctx, func(b *book) error {
		st, err := readIAMState(b)
		if err != nil {
			return err
		}
		st.Asked = b.now
		if err := b.audit("iam_roles.asked", h.actor(), "", nil, ""); err != nil {
			return err
		}
		if err := b.bump(metaIAMAsk); err != nil { // the leader sees it
			return err
		}
		return b.putIAMState(st)
	}); err != nil {
		return err
	}
	s.iamAsked.raise()
	return nil
}

// IAMRolesOf is what was last read of an account, and when; known is false when it was
// never read.
func (s *Service) IAMRolesOf(ctx context.Context, account catalog.AccountID) (a catalog.AccountRoles, asOf time.Time, known bool) {
	_ = s.Store.View(ctx, func(tx Tx) (err error) { // for information: what cannot be read is not known
		a, asOf, known, err = IAMRolesIn(tx, account)
		return err
	})
	return a, asOf, known
}

// IAMRolesIn finds an account in the readings that a store holds: in the one that runs, if
// it came that far, else in the one before.
func IAMRolesIn(tx Tx, account catalog.AccountID) (a catalog.AccountRoles, asOf time.Time, known bool, err error) {
	st, err := readIAMState(tx)
	if err != nil {
		return a, asOf, false, err
	}
	for _, r := range []*IAMReading{st.Running, st.Shown} {
		if r == nil || account > r.Last {
			continue
		}
		n := sort.Search(len(r.From), func(i int) bool { return r.From[i] > account }) - 1
		if n < 0 {
			continue
		}
		blob, err := tx.Blob(iamBlob(r.Side, n))
		if err != nil {
			return a, asOf, false, err
		}
		piece, err := unpackRoles(blob)
		if err != nil {
			return a, asOf, false, err
		}
		if i := slices.IndexFunc(piece, func(x catalog.AccountRoles) bool { return x.Account == account }); i >= 0 {
			return piece[i], r.Begun, true, nil
		}
	}
	return a, asOf, false, nil
}

// AllIAMRoles is the last finished reading of a store, whole; nil when there is none.
func AllIAMRoles(tx Tx) (all []catalog.AccountRoles, asOf time.Time, err error) {
	st, err := readIAMState(tx)
	if err != nil || st.Shown == nil {
		return nil, asOf, err
	}
	for n := range st.Shown.From {
		blob, err := tx.Blob(iamBlob(st.Shown.Side, n))
		if err != nil {
			return nil, asOf, err
		}
		piece, err := unpackRoles(blob)
		if err != nil {
			return nil, asOf, err
		}
		all = append(all, piece...)
	}
	return all, st.Shown.Begun, nil
}

// iamStatus says in words how far the reading of IAM roles is, or why there is none.
func (s *Service) iamStatus(ctx context.Context) (words string, ok bool) {
	if s.IAMRoles.Reader == nil {
		why := s.IAMRoles.Off
		if why == "" {
			why = "They are not read."
		}
		return why, true
	}
	var st iamState
	if err := s.Store.View(ctx, func(tx Tx) (err error) { st, err = readIAMState(tx); return err }); err != nil {
		return said(err), false
	}
	words = "Not read yet."
	if r := st.Shown; r != nil {
		words = fmt.Sprintf("%d roles of %d accounts, read %s ago.", r.Roles, r.Accounts, spellAge(s.Now().Sub(r.Begun)))
		words += s.missedWords(r)
	}
	if r := st.Running; r != nil {
		words += fmt.Sprintf(" Being read now: %d of %s so far.%s", r.Accounts, counted(s.activeAccounts(), "account"), s.missedWords(r))
	} else if st.asked() {
		words += " Being read anew in a moment."
	}
	if st.Problem != "" {
		words += " The last attempt did not get on: " + st.Problem
	}
	return words, st.Problem == ""
}

// missedWords names the accounts that could not be read.
func (s *Service) missedWords(r *IAMReading) string {
	if r.Unread == 0 {
		return ""
	}
	names := make([]string, 0, len(r.Missed))
	for _, id := range r.Missed {
		names = append(names, s.item(Entitlement{Account: id}).Account.Name)
	}
	words := fmt.Sprintf(" %s could not be read", counted(r.Unread, "account"))
	if len(names) > 0 {
		words += ": " + strings.Join(names, ", ")
	}
	if more := r.Unread - len(names); more > 0 && len(names) > 0 {
		words += fmt.Sprintf(" and %d more", more)
	}
	return words + ". Each says why."
}

// activeAccounts is how many accounts are read.
func (s *Service) activeAccounts() (n int) {
	if c := s.Catalog(); c != nil {
		for i := range c.Accounts() {
			if c.Accounts()[i].State == catalog.AccountActive {
				n++
			}
		}
	}
	return n
}

func packRoles(piece []catalog.AccountRoles) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(piece); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "access.packRoles", "", "")
	}
	if err := z.Close(); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "access.packRoles", "", "")
	}
	return b.Bytes(), nil
}

// mostPiece bounds what a stored piece may unpack to, in bytes.
const mostPiece = 256 << 20

func unpackRoles(blob []byte) (piece []catalog.AccountRoles, err error) {
	if len(blob) == 0 {
		return nil, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(blob))
	if err == nil {
		err = json.NewDecoder(io.LimitReader(z, mostPiece)).Decode(&piece)
	}
	return piece, fault.Wrap(err, fault.Invalid, "access.unpackRoles", "The stored IAM roles cannot be read.", "They are only a copy: the next reading replaces them.")
}
