package awssim

import (
	"strings"
	"time"
)

// state is what the organization holds, indexed the ways AWS lets one ask.
type state struct {
	ids IDs

	ous     []*ou
	ouByID  map[string]*ou // the root too
	root    *ou
	account map[string]*account
	// accounts in the order they are listed
	accounts []*account

	sets     []*permissionSet
	setByARN map[string]*permissionSet

	users       []*user
	userByID    map[string]*user
	userByName  map[string]*user // lower case
	userByEmail map[string]*user // lower case
	groups      []*group
	groupByID   map[string]*group
	groupByName map[string]*group // lower case
	memberships map[string]*membership

	assignments map[Assignment]*assignment
	byAccount   map[accountSet][]*assignment
	byPrincipal map[string][]*assignment
	// fading assignments and memberships are deleted but still listed (ListingLag)
	fading       []*assignment
	fadingMember []*membership
	// strays are changes of groups that SCIM owns, until SCIM undoes them
	strays []stray

	pending    []*operation // in flight, in the order they were accepted
	operations []*operation // all, in the order they were accepted
	opByID     map[string]*operation
	provisions map[string]*provision

	queues []*queue

	credentials Credentials
	endedAt     map[Assignment]time.Time // when the last operation on it ended
}

type accountSet struct{ accountID, setARN string }

type ou struct {
	OU
	seq      uint64
	parent   *ou // nil for the root
	children []*ou
	accounts []*account
}

// path is the OU's id path as Organizations writes it, ending in a slash.
func (o *ou) path(orgID string) string {
	if o.parent == nil {
		return orgID + "/" + o.ID + "/"
	}
	return o.parent.path(orgID) + o.ID + "/"
}

// namePath is the path of names that people use: "/Production/Payments", "/" for the root.
func (o *ou) namePath() string {
	if o.parent == nil {
		return "/"
	}
	return strings.TrimSuffix(o.parent.namePath(), "/") + "/" + o.Name
}

type account struct {
	Account
	seq    uint64
	parent *ou
	// provisioned sets, and the suffix of the role that each has here
	provisioned map[string]*provisionedSet
	roles       map[string]*IAMRole // by name, made when first asked for
	queue       []*operation        // operations waiting for their turn here; the first one runs
	idleSince   time.Time           // when the last operation here ended
}

type provisionedSet struct {
	roleSuffix string // changes when the set is provisioned again
	since      time.Time
	count      int // assignments that keep it there
}

type permissionSet struct {
	PermissionSet
	seq uint64
}

type user struct {
	User
	seq         uint64
	created     time.Time
	updated     time.Time
	memberships []*membership
}

type group struct {
	Group
	seq     uint64
	created time.Time
	members map[string]*membership // by user id
	ordered []*membership
}

type membership struct {
	Membership
	seq     uint64
	created time.Time
	by      string // ARN of the caller; empty when it was there from the start or was added by hand
	first   bool   // it was there from the start
	window
}

// stray is a membership in a group that SCIM owns, put there or taken away by a call.
type stray struct {
	Membership
	gone bool
	undo time.Time
}

type assignment struct {
	Assignment
	seq     uint64
	created time.Time
	by      string // request id of the operation that made it; empty when standing or by hand
	window
}

// window is when a listing shows something: what a write made appears a lag
// after it, and what a write deleted disappears a lag after it.
type window struct {
	shownFrom   time.Time
	hiddenFrom  time.Time // zero while it exists
	deletedFlag bool
}

func (w window) shown(now time.Time) bool {
	if now.Before(w.shownFrom) {
		return false
	}
	return !w.deletedFlag || now.Before(w.hiddenFrom)
}

func (a *account) active() bool { return a.State == AccountActive }
