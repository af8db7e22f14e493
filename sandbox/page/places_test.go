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
		b.until(fmt.Sprintf(`location.hash.startsWith('#%s')`, sb.Cast().ID(who)))
		b.sees(".side-row[aria-current]", place)
		b.until(`document.querySelector('.rail-person[aria-current]').dataset.person === '` + sb.Cast().ID(who) + `'`)
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
	b.click(".rail-person", "Alice")
	is("Alice Moreau", "alice", "aws-approvals")

	b.click(".composer-input", "")
	b.keys("Who says this?\r")
	b.sees(".msg", "Who says this?")
	b.until(`[...document.querySelectorAll('.msg')].at(-1).querySelector('.msg-who').textContent === 'Alice Moreau'`)
	b.quiet()
}
