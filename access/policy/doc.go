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
// A condition is written in CEL, compiled and type-checked when the policy is loaded, and
// limited in what it may cost. It may speak of
//
//	person.id, person.name, person.email, person.user_name   who receives; in a deny also who asks
//	groups          names of the people sets that they are in: "sre" in groups
//	account.id, account.name
//	account.ou      OU path: account.ou.startsWith("/Production/")
//	account.tags    account.tags.env == "prod", "env" in account.tags
//	role            name of the permission set
//	group           name of the Identity Center group that is asked for; "" for a role
//	now             in the policy's time zone: now.getHours() >= 8, now.weekday() < 6 (Monday is 1);
//	                in another: now.getHours("America/New_York")
//	emergency       whether it is asked for in an emergency
//	ticket          the ticket given; "" for none
//
// but not of the duration, which the deciding rule limits and which never selects one.
//
// A rule speaks of roles in accounts, of membership in Identity Center groups (its groups), or
// of both: an allow with groups may leave out accounts and roles, and then is about groups
// alone. A deny is about a group where it names it, and where it is about a role in an account
// that the group brings; one that states nothing is about every group too, and one that states
// groups alone about nothing else. In a condition, account and role are what the group brings
// where a deny looks at that, and otherwise not known. Whatever rules say, nobody may ask for a
// group whose members count in a people set or as admins, nor for one whose roles in accounts
// were not read in the last BringsAge, or not in full.
//
// What a policy means for everybody is counted in classes. For one entitlement and one person
// a rule matches where its accounts, its roles and its people do; so accounts that the same
// rules match are the same account to a policy, and so are roles and people. Some hundreds of
// each stand for 10,000 accounts, 500 roles and 30,000 people, and Compare, Opens and
// Requestable look at those.
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
