package bot

import (
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/policy"
)

// explanation is an answer over so many rules, of which one decides; -1 for none.
func (w world) explanation(o policy.Outcome, rules, decides int) access.ExplainView {
	d := policy.Decision{Outcome: o, PolicyVersion: "3f2a9c", Why: w.note, Certain: true}
	if o == policy.Allowed {
		d.Terms = w.terms()
		d.Terms.MaxContinuous = 24 * time.Hour
	}
	v := access.ExplainView{
		Person: access.Human{Person: w.asker.Person, Slack: w.asker.Slack, Name: w.asker.Name},
		Item:   w.item, Duration: 90 * time.Minute, At: w.now, Approvers: w.others,
	}
	for i := range rules {
		r := policy.RuleAnswer{Rule: w.rule, Deny: i == 0, Off: i == 1, Decides: i == decides, Why: "it is not about this account"}
		if r.Decides {
			d.Rule, r.Why = w.rule, w.note
		}
		v.Explanation.Rules = append(v.Explanation.Rules, r)
	}
	v.Explanation.Decision = d
	return v
}

// tools are the areas of /jit-config that ask and act, other than the policy's editors.
func (w world) tools(b *Bot, out map[string]any) {
	w.answers(out)
	w.pauses(out)
	w.endings(out)
	w.whoIsWho(out)
	w.drifts(out)
	w.settings(out)
	w.simulations(b, out)
}

// answers are what the policy says to questions.
func (w world) answers(out map[string]any) {
	q := question{Person: w.asker.Person, Account: w.item.Account.ID, Role: w.item.Role.ARN, Duration: 90 * time.Minute, HasDraft: true, Draft: true}
	out["explain_empty"] = explainForm{}.view()
	out["explain_refused"] = explainForm{question: q, banner: ":no_entry: " + sentence(w.note)}.view()
	show := func(v access.ExplainView) any { return explainForm{question: q, answer: &v}.view() }
	approval := w.explanation(policy.Allowed, 45, 2)
	out["explain_approval"] = show(approval)
	automatic := w.explanation(policy.Allowed, 3, 2)
	automatic.Explanation.Decision.Terms.Automatic = true
	out["explain_automatic"] = show(automatic)
	problem := w.explanation(policy.Allowed, 3, 2)
	problem.Problem, problem.Approvers = w.note, nil
	out["explain_problem"] = show(problem)
	denied := w.explanation(policy.Denied, 3, 0)
	denied.Explanation.Decision.Certain = false
	out["explain_denied"] = show(denied)

	none := w.explanation(policy.NotRequestable, 12, -1)
	out["why_empty"] = whyForm{}.view()
	out["why_account"] = whyForm{account: &w.item.Account, about: "*" + bold(accountName(w.item.Account)) + "*\n" + sentence(w.note)}.view()
	out["why_answer"] = whyForm{question: q, account: &w.item.Account, role: &w.item.Role, answer: &none, admins: w.others}.view()
	out["why_message"] = wire(whyMessage(none, q, w.others))
	out["why_message_yes"] = wire(whyMessage(approval, q, w.others))
	hits := make([]hit, 7)
	for i := range hits {
		hits[i] = hit{account: w.item.Account, role: catalog.Role{ARN: w.item.Role.ARN, Name: w.item.Role.Name}}
	}
	for i := range hits {
		hits[i].account.ID += catalog.AccountID(rune('0' + i)) // each its own block
	}
	out["why_which"] = wire(whyWhich(hits, time.Hour))
}
