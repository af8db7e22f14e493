package page_test

import (
	"fmt"
	"testing"
)

// TestGoingBackToSomebody acts as several people in turn. Each is found where they last were, and what is done
// on the page is done by the one it names.
func TestGoingBackToSomebody(t *testing.T) {
	t.Parallel()
	sb := world(t)
	b := browse(t, 1440, 900)
	b.open(sb, "alice")
	is := func(name, who, place string) {
		b.t.Helper()
		b.sees(".side-me", name)
		b.Until(fmt.Sprintf(`location.hash.startsWith('#%s')`, sb.Cast().ID(who)))
		b.sees(".side-row[aria-current]", place)
		b.Until(`document.querySelector('.rail-person[aria-current]').dataset.person === '` + sb.Cast().ID(who) + `'`)
	}
	is("Alice Moreau", "alice", "general")
	b.click(".side-row", "aws-approvals")
	is("Alice Moreau", "alice", "aws-approvals")
	b.click(".rail-person", "Bob")
	is("Bob Okafor", "bob", "aws-approvals")
	b.click(".side-row", "general")
	is("Bob Okafor", "bob", "general")
	b.click(".rail-person", "Carol")
	is("Carol Lindqvist", "carol", "general")
	b.click(".side-row", "Stint")
	is("Carol Lindqvist", "carol", "Stint")
	b.click(".rail-person", "Alice")
	is("Alice Moreau", "alice", "aws-approvals")
	b.click(".rail-person", "Carol")
	is("Carol Lindqvist", "carol", "Stint")
	b.click(".rail-person", "Bob")
	is("Bob Okafor", "bob", "general")
	b.goes(".rail-person", "Alice")
	is("Alice Moreau", "alice", "aws-approvals")

	b.click(".composer-input", "")
	b.Keys("Who says this?\r")
	b.sees(".msg", "Who says this?")
	b.Until(`[...document.querySelectorAll('.msg')].at(-1).querySelector('.msg-who').textContent === 'Alice Moreau'`)
	b.Quiet()
}

// TestTheAppOfSomebodyNew goes from one person's messages with the app to somebody who never wrote with it: what
// the page shows is that conversation from the first, not another one for a moment.
func TestTheAppOfSomebodyNew(t *testing.T) {
	t.Parallel()
	sb := world(t)
	b := browse(t, 1440, 900)
	b.open(sb, "alice")
	b.click(".side-row", "Stint")
	b.sees(".side-row[aria-current]", "Stint")
	b.sees("#main .main-title h2", "Stint")
	js[any](b, `window.shown = []; new MutationObserver(() => {
		const title = document.querySelector('#main .main-title h2')?.textContent;
		const row = document.querySelector('.side-row[aria-current]')?.dataset.channel;
		window.shown.push(title, row);
	}).observe(document.body, {subtree: true, childList: true, attributes: true, attributeFilter: ['aria-current']}); null`)
	b.click(".rail-person", "Erin")
	b.sees(".side-me", "Erin Wolf")
	b.sees(".side-row[aria-current]", "Stint")
	b.sees("#main .main-title h2", "Stint")
	if places := js[[]string](b, `[...new Set(window.shown.filter(Boolean))]`); len(places) != 1 || places[0] != "Stint" {
		t.Errorf("on the way to Erin's messages the page showed %q", places)
	}
	b.Quiet()
}

// TestTheLastClickWins goes from one to the next before the page has shown the first.
func TestTheLastClickWins(t *testing.T) {
	t.Parallel()
	sb := world(t)
	b := browse(t, 1440, 900)
	b.open(sb, "alice")
	b.click(".side-row", "Stint")
	b.sees(".side-row[aria-current]", "Stint")
	face := func(who string) string {
		return fmt.Sprintf(`document.querySelector('.rail-person[data-person=%s]').click()`, sb.Cast().ID(who))
	}
	js[any](b, face("bob")+";"+face("carol")+";"+face("bob")+";"+face("alice")+";"+face("dana")+";null")
	b.sees(".side-me", "Dana Reyes")
	b.sees(".main-head", "Stint")
	b.Until(`document.querySelector('.rail-person[aria-current]').textContent.includes('Dana')`)
	b.click(".side-row", "aws-approvals")
	b.sees(".side-row[aria-current]", "aws-approvals")
	js[any](b, face("bob")+";"+face("alice")+";null")
	b.sees(".side-me", "Alice Moreau")
	b.sees(".side-row[aria-current]", "Stint")
	// The skip link leads to the conversation and changes nobody.
	js[any](b, `document.querySelector('.skip').click(), null`)
	b.Until(`document.activeElement.id === 'main'`)
	b.sees(".side-me", "Alice Moreau")
	b.Quiet()
}
