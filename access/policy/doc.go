// Package policy turns ordered rules into decisions.
//
// It answers one question: may this person hold this role in this account now, and on
// which terms? Form, submission, review, start of a grant, explanation and simulation
// all ask the same evaluator, so that none of them can disagree with another. A deny
// that matches wins; otherwise the first allow from the top that matches decides;
// otherwise nothing may be requested. Each answer carries its reasons.
//
// Conditions have three values, because a fact that cannot be read is neither true nor
// false. An allow needs True, a deny is content with Unknown: whatever is missing, access
// does not grow. For the same reason an unreadable member of a people set is no approver.
//
// A Spec is the policy as people wrote it, in names. Compile resolves the names to ids
// once, finds every problem, and refuses a name that has come to mean something else
// since the last load: a rule must not silently begin to speak of another group. The
// Policy that comes out is immutable, does no I/O and reads no clock: facts, catalog and
// time are arguments.
//
// Approval is a matching problem: every place of every step wants a distinct person, and
// a person who fits several places takes one. Progress, Feasible and Complete solve
// it exactly, so that a request neither completes by counting one person twice nor waits for
// votes that could never suffice.
package policy
