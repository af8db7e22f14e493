package suite

import (
	"testing"
)

// TestRulesInTheBrowser is Carol with the example's policy, edited in Slack: she adds a rule
// over its pages, moves it, puts one away, and edits another as YAML. Nothing of it is in
// force before it is applied. Pictures go to $STINT_SCREENSHOTS.
func TestRulesInTheBrowser(t *testing.T) {
	t.Parallel()
	p := openStage(t, browserBinary(t), 1400, 900)
	p.listsRules()
	p.addsARule()
	p.movesAndSwitchesOff()
	p.editsAsYAML()
	p.seesWhereASetIsUsed()
	p.b.Quiet()
}

// menu takes an entry of the menu beside what the list says.
func (p *stage) menu(of, entry string) {
	p.t.Helper()
	p.b.clickSpot(at(".overflow .icon-button", "").in(".modal .b-section", of))
	p.b.click(".menu:popover-open button", entry)
}

func (p *stage) listsRules() {
	b := p.b
	p.become("Carol", "Carol Lindqvist")
	p.channel("general")
	p.command("/jit-config rules")
	b.sees(".modal h2", "Rules")
	b.shows(".modal-body", "In force:", "1. never the management account", "5. production admin", "24 accounts · 2 roles")
	b.shoot("50-rules")
}

func (p *stage) addsARule() {
	b := p.b
	b.click(".modal .button", "Add a rule")
	b.sees(".modal h2", "New rule")
	b.click(".modal .choice", "Production, with approval")
	b.shoot("51-rule-template")
	b.click(".modal-foot .button", "Next")
	b.sees(".modal-body", "1 of 4")
	p.types("production admin", "payments, after hours")
	p.adds("Any of these", "production/pay", "/Production/Payments")
	p.adds("Except", "*-core", "*-core")
	p.adds("Any of these roles", "power", "PowerUserAccess")
	b.shoot("52-rule-what")
	b.click(".modal-foot .button", "Next")
	b.sees(".modal-body", "2 of 4")
	b.click(".modal .choice", "Only these")
	b.sees(".modal .b-label", "These people")
	p.adds("These people", "payments-devs", "payments-devs") // a group, which becomes a set
	b.shoot("53-rule-who")
	b.click(".modal-foot .button", "Next")
	b.sees(".modal-body", "3 of 4")
	p.adds("Approved by", "sre", "sre")
	b.click(".modal .button", "Add a step")
	b.sees(".modal-body", "Step 2")
	b.clickSpot(at(".button", "Remove").in(".modal .b-section", "Step 2"))
	b.gone(".modal-body", "Step 2")
	b.sees(".modal .chip", "sre")
	b.shoot("54-rule-terms")
	b.click(".modal-foot .button", "Next")
	b.sees(".modal-body", "4 of 4")
	p.reasonIs("now.getHours() >")
	b.click(".modal-foot .button", "Done")
	b.sees(".b-error", "at character")
	b.shoot("55-rule-condition-error")
	b.click(".modal .choice", "May be used in an emergency")
	b.sees(".modal .b-label", "Longest in an emergency")
	b.shoot("55-rule-emergency")
	p.reasonIs("now.getHours() >= 18")
	p.types("1h", "30m")
	b.click(".modal-foot .button", "Done")
	b.sees(".modal-body", "“payments, after hours” is stored in your draft")
	b.shows(".modal-body", "Your draft", "7. payments, after hours", "emergency up to 30 min")
	b.shoot("56-rules-draft")
}

func (p *stage) movesAndSwitchesOff() {
	b := p.b
	p.menu("7. payments, after hours", "Move…")
	b.sees(".modal h2", "Move rule")
	b.click(".modal .choice", "To the position below")
	p.types("7", "2")
	b.shoot("57-rule-move")
	b.click(".modal-foot .button", "Move")
	b.sees(".modal-body", "2. payments, after hours")
	p.menu("3. read-only anywhere", "Switch off")
	b.sees(".modal-body", "“read-only anywhere” is switched off in your draft")
	b.sees(".modal .b-section", "allow, off")
	b.shoot("58-rules-moved")
}

func (p *stage) editsAsYAML() {
	b := p.b
	p.menu("6. production admin", "Edit…")
	b.sees(".modal-body", "1 of 4")
	b.shoot("59-rule-edit")
	b.click(".modal .button", "Edit as YAML")
	b.sees(".modal .b-label", "The rule")
	b.run("const t = document.querySelector('.modal textarea'); t.focus(); t.setSelectionRange(0, 0)")
	b.Keys("acounts: all\n")
	b.click(".modal-foot .button", "Done")
	b.sees(".b-error", "Line 1, column 1: There is no key `acounts` here")
	b.shoot("60-rule-yaml")
	b.click(".modal-foot .button", "Close")
	b.sees(".modal h2", "Rules")
}

func (p *stage) seesWhereASetIsUsed() {
	b := p.b
	b.click(".modal .button", "People")
	b.sees(".modal h2", "People sets")
	b.shoot("61-sets")
	p.menu("sre:", "Delete…")
	b.sees(".modal h2", "Still in use")
	b.shows(".modal-body", "“payments, after hours” (approval, step 1)")
	p.closeTop()
	b.sees(".modal h2", "People sets")
	b.click(".modal .button", "Channels")
	b.sees(".modal h2", "Channels")
	b.shoot("62-channels")
	p.closeModal()
}

// closeTop closes the view on top; what is below shows again.
func (p *stage) closeTop() {
	p.t.Helper()
	p.b.click(".modal-foot .button", "Close")
}
