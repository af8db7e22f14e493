package suite

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

// ticketService is the company's: what it says of each ticket; of others it cannot be asked.
type ticketService struct {
	mu    sync.Mutex
	says  map[string]access.TicketAnswer
	asked []access.TicketQuestion
}

func (s *ticketService) Check(_ context.Context, q access.TicketQuestion) (access.TicketAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, q)
	if a, ok := s.says[q.Ticket]; ok {
		return a, nil
	}
	return access.TicketAnswer{}, errors.New("connection refused")
}

var ticketPolicy = strings.ReplaceAll(strings.ReplaceAll(rigPolicy,
	"    roles: [ReadOnly]\n", "    roles: [ReadOnly]\n    ticket: { pattern: \"CHG-[0-9]+\", hint: change number, check: true, optional: true }\n"),
	"    roles: [AdministratorAccess]\n", "    roles: [AdministratorAccess]\n    ticket: { pattern: \"CHG-[0-9]+\", hint: change number, check: true }\n")

// TestTicket: a ticket is asked about before anybody else is, and before anything is
// granted; without an answer nothing is.
func TestTicket(t *testing.T) {
	t.Parallel()
	service := &ticketService{says: map[string]access.TicketAnswer{"CHG-1": {Good: true, Note: "Disk full"}, "CHG-2": {Note: "closed in March"}}}
	live(t, func(t *testing.T, r *rig) {
		ask := func(form, role, ticket string) (access.Request, error) {
			return r.several(form, time.Hour, func(in *access.Submission) {
				in.Ticket, in.Entitlements = ticket, []access.Entitlement{access.RoleIn(prod, roleARN(role))}
			})
		}
		for form, ticket := range map[string]string{"none": "", "another": "INC-1", "more": "CHG-1 and more", "long": "CHG-" + strings.Repeat("1", 300)} {
			if _, err := ask(form, "AdministratorAccess", ticket); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v, want it refused", form, err)
			}
		}
		good, err := ask("good", "AdministratorAccess", " CHG-1 ")
		if err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if v := r.view(good.ID).Request; v.State != access.Pending || v.CheckedAt.IsZero() || v.TicketNote != "Disk full" {
			t.Errorf("%s, note %q", v.State, v.TicketNote)
		}
		if len(service.asked) == 0 {
			t.Fatal("the service was not asked")
		}
		if q := service.asked[0]; q.Ticket != "CHG-1" || q.Emails[0] != "alice@example.com" || len(q.Items) != 1 || q.Items[0].Account.Name != "prod-billing" {
			t.Errorf("it was asked %+v", q)
		}
		bad, err := ask("bad", "ReadOnly", "CHG-2")
		if err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if v := r.view(bad.ID).Request; v.State != access.Withdrawn || !strings.Contains(v.Outcome, "closed in March") {
			t.Errorf("%s: %s", v.State, v.Outcome)
		}
		away, err := ask("away", "ReadOnly", "CHG-3")
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if v := r.view(away.ID).Request; v.State != access.Pending || !v.CheckedAt.IsZero() {
			t.Errorf("%s while the service is away", v.State)
		}
		pass(2 * time.Minute)
		if v := r.view(away.ID).Request; v.State != access.Withdrawn {
			t.Errorf("%s three minutes later", v.State)
		}
		r.nothingGranted()
		without, err := ask("without", "ReadOnly", "")
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if v := r.view(without.ID).Request; v.State != access.Approved {
			t.Errorf("an optional ticket that is left out: %s: %s", v.State, v.Outcome)
		}
	}, func(r *rig, _ *awssim.Config) { r.policy, r.tickets = ticketPolicy, service })
}

// TestTicketWithoutService: a rule that wants tickets checked grants nothing where no
// service is set up, and says who mends that.
func TestTicketWithoutService(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		_, err := r.several("f1", time.Hour, func(in *access.Submission) { in.Ticket = "CHG-1" }, "AdministratorAccess")
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "no ticket service") {
			t.Errorf("%v", err)
		}
		r.nothingGranted()
	}, func(r *rig, _ *awssim.Config) { r.policy = ticketPolicy })
}
