package page

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"stint/sandbox/awssim"
)

func compare(a, b string) int { return cmp.Compare(a, b) }

// awsPerson is a user of the Identity Store.
type awsPerson struct {
	ID       string   `json:"id"`
	UserName string   `json:"user_name"`
	Name     string   `json:"name"`
	Email    string   `json:"email"`
	Disabled bool     `json:"disabled"`
	Groups   []string `json:"groups,omitempty"`
}

func awsPersonOf(u awssim.User) awsPerson {
	return awsPerson{ID: u.ID, UserName: u.UserName, Name: u.DisplayName, Email: u.Email, Disabled: u.Disabled}
}

// organization says by which names clients know AWS, and how much there is.
func (s *Server) organization(*http.Request) (any, error) {
	org := s.cfg.AWS.Snapshot()
	return struct {
		awssim.IDs
		Accounts       int `json:"accounts"`
		PermissionSets int `json:"permission_sets"`
		Users          int `json:"users"`
		Groups         int `json:"groups"`
		Assignments    int `json:"assignments"`
	}{s.cfg.AWS.IDs(), len(org.Accounts), len(org.PermissionSets), len(org.Users), len(org.Groups), len(org.Assignments)}, nil
}

// search keeps what matches q, at most limit, and counts all that match.
func search[T, V any](r *http.Request, list []T, text func(T) string, show func(T) V) (shown []V, total int, err error) {
	limit, err := number(r, "limit", 50)
	if err != nil {
		return nil, 0, err
	}
	q := strings.ToLower(strings.TrimSpace(r.URL.Query().Get("q")))
	shown = []V{}
	for _, x := range list {
		if q != "" && !strings.Contains(strings.ToLower(text(x)), q) {
			continue
		}
		if total++; len(shown) < limit {
			shown = append(shown, show(x))
		}
	}
	return shown, total, nil
}

// accountView is an account in a list.
type accountView struct {
	ID    string              `json:"id"`
	Name  string              `json:"name"`
	State awssim.AccountState `json:"state"`
	OU    string              `json:"ou"`
	Tags  map[string]string   `json:"tags"`
}

func (s *Server) accountView(a awssim.Account) accountView {
	path, _ := s.cfg.AWS.OUPath(a.ID)
	if a.Tags == nil {
		a.Tags = map[string]string{}
	}
	return accountView{ID: a.ID, Name: a.Name, State: a.State, OU: path, Tags: a.Tags}
}

func (s *Server) accounts(r *http.Request) (any, error) {
	list, total, err := search(r, s.cfg.AWS.Snapshot().Accounts,
		func(a awssim.Account) string { return a.ID + "\n" + a.Name }, s.accountView)
	return map[string]any{"accounts": list, "total": total}, err
}

func (s *Server) permissionSets(r *http.Request) (any, error) {
	type view struct {
		ARN             string `json:"arn"`
		Name            string `json:"name"`
		Description     string `json:"description"`
		SessionDuration string `json:"session_duration"`
	}
	list, total, err := search(r, s.cfg.AWS.Snapshot().PermissionSets,
		func(p awssim.PermissionSet) string { return p.Name + "\n" + p.ARN },
		func(p awssim.PermissionSet) view {
			return view{p.ARN, p.Name, p.Description, p.SessionDuration.String()}
		})
	return map[string]any{"permission_sets": list, "total": total}, err
}

func (s *Server) awsUsers(r *http.Request) (any, error) {
	list, total, err := search(r, s.cfg.AWS.Snapshot().Users,
		func(u awssim.User) string { return u.UserName + "\n" + u.DisplayName + "\n" + u.ID + "\n" + u.Email }, awsPersonOf)
	return map[string]any{"users": list, "total": total}, err
}

func (s *Server) groups(r *http.Request) (any, error) {
	type view struct {
		ID      string   `json:"id"`
		Name    string   `json:"name"`
		Members []string `json:"members"` // user names
	}
	org := s.cfg.AWS.Snapshot()
	names := make(map[string]string, len(org.Users))
	for _, u := range org.Users {
		names[u.ID] = u.UserName
	}
	list, total, err := search(r, org.Groups, func(g awssim.Group) string { return g.DisplayName + "\n" + g.ID },
		func(g awssim.Group) view {
			v := view{ID: g.ID, Name: g.DisplayName, Members: []string{}}
			for _, m := range org.Memberships {
				if m.GroupID == g.ID {
					v.Members = append(v.Members, names[m.UserID])
				}
			}
			return v
		})
	return map[string]any{"groups": list, "total": total}, err
}

// assignments is what is really assigned now, newest first. What groups have had from the start is left out
// unless standing is asked for: in a large organization there are many thousand of these, and the page asks at
// every change.
func (s *Server) assignments(r *http.Request) (any, error) {
	q := r.URL.Query()
	filter := awssim.AssignmentFilter{
		AccountID: q.Get("account"), PermissionSetARN: q.Get("permission_set"), PrincipalID: q.Get("principal"),
		Requested: !flag(r, "standing"),
	}
	found := s.cfg.AWS.Assignments(filter)
	if filter.Requested && filter.PrincipalID == "" {
		filter.Requested = false
		for _, filter.PrincipalID = range s.hands.principals() {
			for _, a := range s.cfg.AWS.Assignments(filter) {
				if a.Last == nil && a.CreatedBy == "" {
					found = append(found, a)
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b awssim.AssignmentView) int { return b.Created.Compare(a.Created) })
	list, total, err := search(r, found, func(a awssim.AssignmentView) string {
		return strings.Join([]string{a.AccountID, a.AccountName, a.PermissionSetName, a.PrincipalName}, "\n")
	}, func(a awssim.AssignmentView) awssim.AssignmentView { return a })
	return map[string]any{"assignments": list, "total": total}, err
}

// memberships is who is in which group now, newest first. Who was there from the start is left out unless
// standing is asked for.
func (s *Server) memberships(r *http.Request) (any, error) {
	found := s.cfg.AWS.Memberships(flag(r, "standing"))
	slices.Reverse(found)
	list, total, err := search(r, found, func(m awssim.MembershipView) string { return m.GroupName + "\n" + m.UserName },
		func(m awssim.MembershipView) awssim.MembershipView { return m })
	return map[string]any{"memberships": list, "total": total}, err
}

// hands remembers to whom something was assigned by hand.
type hands struct {
	mu sync.Mutex
	to []string
}

func (h *hands) gave(principal string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.to, principal) {
		h.to = append(h.to, principal)
	}
}

func (h *hands) principals() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.to)
}

// operationView is an operation with names instead of ids.
type operationView struct {
	awssim.OperationView
	AccountName       string `json:"account_name"`
	PermissionSetName string `json:"permission_set_name"`
	PrincipalName     string `json:"principal_name"`
	// Elapsed is how long it has been or was under way.
	Elapsed string `json:"elapsed"`
}

func (s *Server) operations(r *http.Request) (any, error) {
	limit, err := number(r, "limit", 20)
	if err != nil {
		return nil, err
	}
	ops := s.cfg.AWS.InFlight()
	if !flag(r, "in_flight") {
		ops = s.cfg.AWS.Operations(limit)
	}
	if len(ops) > limit {
		ops = ops[:limit]
	}
	list := []operationView{}
	for _, o := range ops {
		until := o.Ended
		if until.IsZero() {
			until = s.cfg.Clock.Now()
		}
		list = append(list, operationView{
			OperationView: o, Elapsed: until.Sub(o.Accepted).Round(100 * time.Millisecond).String(),
			AccountName: s.named.of(s.cfg.AWS, o.AccountID), PermissionSetName: s.named.of(s.cfg.AWS, o.PermissionSetARN),
			PrincipalName: s.named.of(s.cfg.AWS, o.PrincipalID),
		})
	}
	return map[string]any{"operations": list}, nil
}

// names remembers what people call the ids of the organization. Making the list takes a look at everything,
// and the page asks at every change, so it is made again only for an id that is not in it.
type names struct {
	mu   sync.Mutex
	byID map[string]string
}

func (n *names) of(cloud *awssim.Cloud, id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name, ok := n.byID[id]; ok {
		return name
	}
	org := cloud.Snapshot()
	n.byID = make(map[string]string, len(org.Accounts)+len(org.Users)+len(org.PermissionSets)+len(org.Groups))
	for _, a := range org.Accounts {
		n.byID[a.ID] = a.Name
	}
	for _, p := range org.PermissionSets {
		n.byID[p.ARN] = p.Name
	}
	for _, u := range org.Users {
		n.byID[u.ID] = u.UserName
	}
	for _, g := range org.Groups {
		n.byID[g.ID] = g.DisplayName
	}
	if _, ok := n.byID[id]; !ok {
		n.byID[id] = "" // deleted
	}
	return n.byID[id]
}

// calls lists the last calls, newest first, with how many there were of each action.
func (s *Server) calls(r *http.Request) (any, error) {
	limit, err := number(r, "limit", 100)
	if err != nil {
		return nil, err
	}
	calls := []awssim.Call{}
	if limit > 0 {
		calls = orEmpty(s.cfg.AWS.RecentCalls(limit))
	}
	return map[string]any{"calls": calls, "counts": s.cfg.AWS.Counts(), "errors": s.cfg.AWS.ErrorCounts()}, nil
}

func (s *Server) resetCalls(*http.Request) (any, error) {
	s.cfg.AWS.ResetCounts()
	return done, nil
}
