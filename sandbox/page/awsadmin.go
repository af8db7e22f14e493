package page

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"stint/sandbox/awssim"
)

// This file is what an administrator does in AWS's console, behind the app's back.

func (s *Server) editAccount(r *http.Request) (any, error) {
	in, err := body[struct {
		State awssim.AccountState `json:"state"`
		Tags  map[string]string   `json:"tags"`
	}](r)
	if err != nil {
		return nil, err
	}
	states := []awssim.AccountState{
		awssim.AccountPendingActivation, awssim.AccountActive, awssim.AccountSuspended, awssim.AccountPendingClosure, awssim.AccountClosed,
	}
	if in.State != "" && !slices.Contains(states, in.State) {
		return nil, badRequest("An account is never "+string(in.State)+".", "state is ACTIVE, SUSPENDED, PENDING_ACTIVATION, PENDING_CLOSURE or CLOSED.")
	}
	id := r.PathValue("id")
	if _, known := s.cfg.AWS.OUPath(id); !known {
		return nil, notFound("There is no account "+id+".", "GET /api/aws/accounts lists them.")
	}
	var after awssim.Account
	err = s.cfg.AWS.EditAccount(id, func(a *awssim.Account) {
		if in.State != "" {
			a.State = in.State
		}
		if in.Tags != nil {
			a.Tags = in.Tags
		}
		after = *a
	})
	if err != nil {
		return nil, err
	}
	return s.accountView(after), nil
}

// awsUser finds a user of the Identity Store by id, user name or e-mail.
func (s *Server) awsUser(name string) (awssim.User, error) {
	users := s.cfg.AWS.Snapshot().Users
	at := slices.IndexFunc(users, func(u awssim.User) bool {
		return u.ID == name || strings.EqualFold(u.UserName, name) || strings.EqualFold(u.Email, name)
	})
	if at < 0 {
		return awssim.User{}, notFound("AWS knows no user "+name+".", "GET /api/aws/users lists them; an id, a user name or an e-mail names one.")
	}
	return users[at], nil
}

func (s *Server) editAWSUser(r *http.Request) (any, error) {
	in, err := body[struct {
		Disabled *bool   `json:"disabled"`
		Email    *string `json:"email"`
		Delete   bool    `json:"delete"`
	}](r)
	if err != nil {
		return nil, err
	}
	u, err := s.awsUser(r.PathValue("user"))
	if err != nil {
		return nil, err
	}
	if in.Delete {
		return done, s.cfg.AWS.DeleteUser(u.ID)
	}
	err = s.cfg.AWS.EditUser(u.ID, func(x *awssim.User) {
		set(&x.Disabled, in.Disabled)
		set(&x.Email, in.Email)
		u = *x
	})
	if err != nil {
		return nil, err
	}
	return awsPersonOf(u), nil
}

func (s *Server) setMember(r *http.Request) (any, error) {
	in, err := body[struct {
		User   string `json:"user"`
		Member bool   `json:"member"`
	}](r)
	if err != nil {
		return nil, err
	}
	u, err := s.awsUser(in.User)
	if err != nil {
		return nil, err
	}
	name := r.PathValue("group")
	groups := s.cfg.AWS.Snapshot().Groups
	at := slices.IndexFunc(groups, func(g awssim.Group) bool { return g.ID == name || strings.EqualFold(g.DisplayName, name) })
	if at < 0 {
		return nil, notFound("AWS knows no group "+name+".", "GET /api/aws/groups lists them.")
	}
	if !in.Member {
		s.cfg.AWS.RemoveMembership(groups[at].ID, u.ID)
		return done, nil
	}
	_, err = s.cfg.AWS.AddMembership(groups[at].ID, u.ID)
	return done, err
}

// assignmentOf reads an assignment whose parts may be given by name.
func (s *Server) assignmentOf(r *http.Request) (awssim.Assignment, error) {
	a, err := body[awssim.Assignment](r)
	if err != nil {
		return a, err
	}
	if a.PrincipalType == "" {
		a.PrincipalType = awssim.PrincipalUser
	}
	org := s.cfg.AWS.Snapshot()
	for _, p := range org.PermissionSets {
		if p.Name == a.PermissionSetARN {
			a.PermissionSetARN = p.ARN
		}
	}
	for _, x := range org.Accounts {
		if x.Name == a.AccountID {
			a.AccountID = x.ID
		}
	}
	if a.PrincipalType == awssim.PrincipalUser {
		for _, u := range org.Users {
			if strings.EqualFold(u.UserName, a.PrincipalID) {
				a.PrincipalID = u.ID
			}
		}
	} else {
		for _, g := range org.Groups {
			if strings.EqualFold(g.DisplayName, a.PrincipalID) {
				a.PrincipalID = g.ID
			}
		}
	}
	return a, nil
}

func (s *Server) addAssignment(r *http.Request) (any, error) {
	a, err := s.assignmentOf(r)
	if err != nil {
		return nil, err
	}
	added, err := s.cfg.AWS.AddAssignment(a)
	if err == nil {
		s.hands.gave(a.PrincipalID)
	}
	return map[string]bool{"added": added}, err
}

func (s *Server) removeAssignment(r *http.Request) (any, error) {
	a, err := s.assignmentOf(r)
	if err != nil {
		return nil, err
	}
	return map[string]bool{"removed": s.cfg.AWS.RemoveAssignment(a)}, nil
}

func (s *Server) release(r *http.Request) (any, error) {
	id := r.PathValue("request")
	if !s.cfg.AWS.Release(id) {
		return nil, notFound("No operation "+id+" is stuck.", "GET /api/aws/operations?in_flight=1 says stuck of each.")
	}
	return done, nil
}

// fault is awssim.Fault with its delay as text.
type fault struct {
	ID        int              `json:"id,omitempty"`
	Kind      awssim.FaultKind `json:"kind"`
	Words     string           `json:"words,omitempty"`
	Action    string           `json:"action"`
	AccountID string           `json:"account_id,omitempty"`
	Times     int              `json:"times,omitempty"`
	After     int              `json:"after,omitempty"`
	Reason    string           `json:"reason,omitempty"`
	Delay     string           `json:"delay,omitempty"`
	Hits      int              `json:"hits,omitempty"`
}

func (s *Server) awsFaults(*http.Request) (any, error) {
	type kind struct {
		Kind  awssim.FaultKind `json:"kind"`
		Words string           `json:"words"`
		// Delay says that the kind needs one.
		Delay bool `json:"delay,omitempty"`
	}
	out := struct {
		Kinds  []kind  `json:"kinds"`
		Active []fault `json:"active"`
	}{[]kind{}, []fault{}}
	for _, k := range awssim.FaultKinds() {
		out.Kinds = append(out.Kinds, kind{k, awsFaultWords[k], k == awssim.FaultLatency || k == awssim.FaultSlow})
	}
	for _, f := range s.cfg.AWS.Faults() {
		v := fault{
			ID: f.ID, Kind: f.Kind, Words: awsFaultWords[f.Kind], Action: f.Action, AccountID: f.AccountID,
			Times: f.Times, After: f.After, Reason: f.Reason, Hits: f.Hits,
		}
		if f.Delay > 0 {
			v.Delay = f.Delay.String()
		}
		out.Active = append(out.Active, v)
	}
	return out, nil
}

func (s *Server) injectFault(r *http.Request) (any, error) {
	in, err := body[fault](r)
	if err != nil {
		return nil, err
	}
	var delay time.Duration
	if delay, err = optionalDuration("delay", in.Delay); err != nil {
		return nil, err
	}
	id, err := s.cfg.AWS.Inject(awssim.Fault{
		Kind: in.Kind, Action: in.Action, AccountID: in.AccountID, Times: in.Times, After: in.After, Reason: in.Reason, Delay: delay,
	})
	if err != nil {
		return nil, err
	}
	return map[string]int{"id": id}, nil
}

func (s *Server) clearFault(r *http.Request) (any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || !s.cfg.AWS.ClearFault(id) {
		return nil, notFound("There is no fault "+r.PathValue("id")+".", "GET /api/aws/faults lists those that are set.")
	}
	return done, nil
}

func (s *Server) clearFaults(r *http.Request) (any, error) {
	s.cfg.AWS.ClearFaults()
	return s.awsFaults(r)
}

func (s *Server) tuning(*http.Request) (any, error) {
	return map[string]any{"fields": fields(s.cfg.AWS.Tuning(), awssim.DefaultTuning(), tuningWords)}, nil
}

func (s *Server) setTuning(r *http.Request) (any, error) {
	in, err := body[values](r)
	if err != nil {
		return nil, err
	}
	now := s.cfg.AWS.Tuning()
	if err := change(&now, in.Values); err != nil {
		return nil, err
	}
	if err := s.cfg.AWS.SetTuning(func(to *awssim.Tuning) { *to = now }); err != nil {
		return nil, err
	}
	return s.tuning(r)
}

func (s *Server) awsSwitches(*http.Request) (any, error) {
	return map[string]any{"fields": fields(s.cfg.AWS.Switches(), awssim.DefaultSwitches(), awsSwitchWords)}, nil
}

func (s *Server) setAWSSwitches(r *http.Request) (any, error) {
	in, err := body[values](r)
	if err != nil {
		return nil, err
	}
	now := s.cfg.AWS.Switches()
	if err := change(&now, in.Values); err != nil {
		return nil, err
	}
	s.cfg.AWS.SetSwitches(func(to *awssim.Switches) { *to = now })
	return s.awsSwitches(r)
}
