// Package bot is Slack: it turns what people press and type into calls of the Service,
// and what the Service has to tell into messages, forms and a Home tab.
//
// One file is one surface, written as a pure function from a view of the domain to Block
// Kit, so that what people see can be read, tested and compared without a network. The
// rest is the connection:
//
//   - Two Socket Mode connections, so that Slack can refresh one without a gap. Their
//     readers only parse and hand over; a slow reader loses envelopes and the link.
//   - A dispatcher with a bound on everything: what runs, what waits, what is remembered.
//     Work on one view or one request runs in order.
//   - Acknowledgements are best effort, because Slack tells nobody when it lost one.
//     Nothing here relies on an envelope arriving once: every press and form carries a
//     business key, and the Service answers the same key with the same result.
//   - The Notifier, which renders at delivery from the records as they are then and edits
//     one message in place.
//
// What people typed is never markup: it goes into plain_text and rich_text, or through
// esc, and invisible characters that reorder text do not pass. Reasons and tokens are
// never logged.
package bot
