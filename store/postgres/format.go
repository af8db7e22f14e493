package postgres

import "stint/access/fault"

// format is of the records that this release writes. A release that adds to a record what the
// one before would lose when it stores it again, or would misread, adds a migration with
//
//	UPDATE writer SET format = <format + 1>;
//
// and raises this. From its first start on, replicas of the release before write nothing more:
// they would drop what they do not know, the look back at an emergency for one. Their clicks
// are refused with a word why, until the deploy replaces them a moment later; the next leader
// is one of the new. They read on, and the last leader's removals need no write.
const format = 1

// writable refuses to write beside a newer release.
func writable(op string, have int) error {
	if have <= format {
		return nil
	}
	return fault.Newf(fault.Unavailable, op, "Try again in a minute.",
		"Stint is being updated: a newer version writes its records already (format %d, this replica knows %d).", have, format)
}
