package bot

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access/policy"
)

const (
	modeAutomatic = "automatic"
	modeSteps     = "steps"

	maxSteps     = 10 // of an approval
	maxStepCount = 20 // approvals of one step
)

// stepKeys are the keys of a rule's steps when the page opens: their places.
func stepKeys(r policy.RuleSpec) []int {
	keys := make([]int, len(r.Approval.Steps))
	for i := range keys {
		keys[i] = i
	}
	return keys
}

// stepID is the block id of an input of a step. It goes with the step's key and not with
// its place, so that removing one leaves what was typed into the others where it belongs.
func stepID(key int, what string) string { return "step/" + strconv.Itoa(key) + "/" + what }

// termsPage is about who approves and what is agreed to.
func (e *ruleEditor) termsPage(s *sheet, r *policy.RuleSpec) {
	if e.approvalFields(s, r) == modeSteps {
		e.escalationFields(s, r)
	}
	s.say(divider())
	e.durationFields(s, r)
	e.reasonFields(s, r)
	e.ticketFields(s, r)
	e.deliveryFields(s, r)
}

func (e *ruleEditor) approvalFields(s *sheet, r *policy.RuleSpec) (mode string) {
	shown := ""
	switch {
	case e.rule.Approval.Automatic:
		shown = modeAutomatic
	case e.rule.Approval.Steps != nil:
		shown = modeSteps
	}
	mode = s.radio("approval.mode", "Approval", shown, []sheetChoice{
		{modeAutomatic, "Automatic", "nobody is asked, the access starts at once"},
		{modeSteps, "By people", "all steps must be complete; one person counts once"},
	}, "approval")
	if mode == modeSteps {
		s.say(small("Who asks for it or gets it never counts. Whoever can edit a Slack user group in Slack decides who is in it."))
		keys := e.meta.Steps
		if len(keys) == 0 {
			keys = []int{0}
		}
		for i, key := range keys[:min(len(keys), maxSteps)] {
			e.stepFields(s, i, key, len(keys) > 1)
		}
		if len(keys) < maxSteps {
			s.say(actions(button(actRuleStep, "add", "Add a step", "Add another step to the approval")))
		}
		if len(keys) > 1 || e.rule.InOrder {
			s.tick("in_order", "Order", tick{value: "in_order", label: "One step after the other", about: "a step begins when the one before it is complete", on: e.rule.InOrder}, false, "in_order")
		}
	}
	s.part(func(in formState) map[string]string {
		switch in.one("approval.mode") {
		case modeAutomatic:
			r.Approval, r.InOrder, r.Escalate = policy.ApprovalSpec{Automatic: true}, false, nil
			return nil
		case modeSteps:
			return e.readSteps(in, r)
		}
		return map[string]string{"approval.mode": "Choose one."}
	})
	return mode
}

func (e *ruleEditor) stepFields(s *sheet, i, key int, removable bool) {
	was := policy.Step{Count: 1}
	if key < len(e.rule.Approval.Steps) {
		was = e.rule.Approval.Steps[key]
	}
	title := fmt.Sprintf("*Step %d*", i+1)
	if removable {
		s.say(sectionWith(title, button(actRuleStep+":"+strconv.Itoa(key), "remove/"+strconv.Itoa(key), "Remove", fmt.Sprintf("Remove step %d", i+1))))
	}
	path := fmt.Sprintf("approval[%d]", i)
	s.sets(setField{id: stepID(key, "from"), label: "Approved by", chosen: was.From, required: true, paths: []string{path + ".from", path}}, e.spec.People)
	counts := make([]sheetChoice, 0, maxStepCount+1)
	for n := 1; n <= maxStepCount; n++ {
		label := strconv.Itoa(n) + " of them"
		counts = append(counts, sheetChoice{value: strconv.Itoa(n), label: label})
	}
	if was.Count < 1 || was.Count > maxStepCount {
		n := strconv.Itoa(was.Count)
		counts = append(counts, sheetChoice{value: n, label: n})
	}
	s.pick(stepID(key, "count"), "How many", strconv.Itoa(was.Count), counts, path+".count")
}

func (e *ruleEditor) readSteps(in formState, r *policy.RuleSpec) map[string]string {
	keys := e.meta.Steps
	if len(keys) == 0 {
		keys = []int{0}
	}
	var steps []policy.Step
	errs := map[string]string{}
	for _, key := range keys[:min(len(keys), maxSteps)] {
		var was policy.Step
		if key < len(e.rule.Approval.Steps) {
			was = e.rule.Approval.Steps[key]
		}
		step := was
		if chips, drawn := in[stepID(key, "from")]; drawn {
			names, problem := e.sets.names(stepID(key, "from"), chips, was.From)
			if problem == "" && len(names) == 0 {
				problem = "Choose who approves."
			}
			if problem != "" {
				errs[stepID(key, "from")] = problem
			}
			step.From = names
		}
		n, err := strconv.Atoi(in.one(stepID(key, "count")))
		if err != nil || (n < 1 || n > maxStepCount) && n != was.Count {
			errs[stepID(key, "count")] = "Choose how many."
		}
		step.Count = n
		steps = append(steps, step)
	}
	if len(errs) > 0 {
		return errs
	}
	r.Approval, r.InOrder = policy.ApprovalSpec{Steps: steps}, in.one("in_order") != ""
	return nil
}

func (e *ruleEditor) durationFields(s *sheet, r *policy.RuleSpec) {
	set := e.spec.Settings
	// What is not said here is what the settings say.
	one := func(id, label, hint string, was, fallback policy.Duration, to func(policy.Duration)) {
		if !s.text(textField{block: id, label: label, hint: hint, value: showDuration(was), placeholder: "as in the settings: " + fallback.String(), most: 40, optional: true}, id) {
			return
		}
		s.part(func(in formState) map[string]string {
			d, err := readDuration(in.one(id))
			if err != nil {
				return map[string]string{id: plainFault(err)}
			}
			to(d)
			return nil
		})
	}
	one("max_duration", "Longest at once", "Write it like 45m, 2h or 1h30m.", e.rule.MaxDuration, orDuration(set.MaxDuration, "8h"), func(d policy.Duration) { r.MaxDuration = d })
	if s.text(textField{
		block: "durations", label: "Durations to choose from", value: showDurations(e.rule.Durations), most: 200, optional: true,
		placeholder: "as in the settings: " + showDurations(orDurations(set.Durations)), hint: "With commas: 30m, 1h, 2h.",
	}, "durations") {
		s.part(func(in formState) map[string]string {
			ds, err := readDurations(in.one("durations"))
			if err != nil {
				return map[string]string{"durations": plainFault(err)}
			}
			r.Durations = ds
			return nil
		})
	}
	one("max_continuous", "Longest without a break", "With extensions.", e.rule.MaxContinuous, orDuration(set.MaxContinuous, "24h"), func(d policy.Duration) { r.MaxContinuous = d })
	one("request_ttl", "A request waits for", "Then it lapses.", e.rule.RequestTTL, orDuration(set.RequestTTL, "8h"), func(d policy.Duration) { r.RequestTTL = d })
}

func orDuration(d policy.Duration, fallback string) policy.Duration {
	if d == 0 {
		d, _ = policy.ParseDuration(fallback)
	}
	return d
}

func orDurations(ds []policy.Duration) []policy.Duration {
	if len(ds) == 0 {
		return []policy.Duration{orDuration(0, "30m"), orDuration(0, "1h"), orDuration(0, "4h")}
	}
	return ds[:min(len(ds), 6)]
}

func (e *ruleEditor) reasonFields(s *sheet, r *policy.RuleSpec) {
	was := e.rule.Reason
	pattern := s.text(textField{
		block: "reason.pattern", label: "The reason must contain", value: was.Pattern, most: 500, optional: true,
		placeholder: "INC-[0-9]+", hint: "A regular expression (RE2).",
	}, "reason.pattern")
	hint := s.text(textField{
		block: "reason.hint", label: "In words", value: was.Hint, most: 200, optional: true,
		placeholder: "incident number", hint: "The form tells people what the reason must contain.",
	}, "reason.hint", "reason")
	s.text(textField{block: "reason.min", label: "Shortest reason, in characters", value: showCount(was.MinLength), placeholder: "1", most: 5, optional: true}, "reason.min_length")
	s.part(func(in formState) map[string]string {
		n, ok := readCount(in.one("reason.min"))
		if !ok {
			return map[string]string{"reason.min": "Write a number."}
		}
		r.Reason = was
		r.Reason.MinLength = n
		if pattern {
			r.Reason.Pattern = in.one("reason.pattern")
		}
		if hint {
			r.Reason.Hint = in.one("reason.hint")
		}
		return nil
	})
}

func (e *ruleEditor) deliveryFields(s *sheet, r *policy.RuleSpec) {
	s.channelField("channel", "Where requests are posted", "Leave it empty for the channel of the account or of the settings.", e.rule.Channel, func(c string) { r.Channel = c })
}

// channelField adds a searchable select of one channel, which may stay empty.
func (s *sheet) channelField(id, label, hint, was string, set func(string)) {
	var chosen []string
	if was != "" {
		chosen = []string{wordChip(was)}
	}
	s.searchOne(sheetSearch{
		id: id, action: actRuleChannel, label: label, hint: hint, chosen: chosen, placeholder: "Search channels",
		option: channelChip(was),
	}, id)
	s.part(func(in formState) map[string]string {
		words, problem := wordsOf(in[id], slices.DeleteFunc([]string{was}, func(s string) bool { return s == "" }))
		if problem != "" {
			return map[string]string{id: problem}
		}
		c := ""
		if len(words) > 0 {
			c = words[0]
		}
		set(c)
		return nil
	})
}

// channelChip is how a select shows a channel.
func channelChip(was string) func(chip string) *slack.OptionBlockObject {
	return func(chip string) *slack.OptionBlockObject {
		c, _ := wordOf(chip, []string{was})
		return slack.NewOptionBlockObject(cut(chip, maxOptionValue), plain(name("#"+c, maxOption), maxOption), nil)
	}
}
