package bot

import (
	"strings"

	"stint/access"
	"stint/access/catalog"
)

// Action ids say what a press means. They are part of messages that outlive a release:
// an id is never given another meaning. Those of the admins' areas begin with the area's
// name (areas.go) and stand beside what they do.
const (
	actApprove = "stint.approve" // value: request id
	actDeny    = "stint.deny"    // value: request id
	actDetails = "stint.details" // value: request id
	actCancel  = "stint.cancel"  // value: request id
	actEnd     = "stint.end"     // value: grant id
	actAgain   = "stint.again"   // value: request id
	// Of all that a form asked for, and of all that a request gave.
	actCancelAll = "stint.cancel.all"  // value: request id, of any part
	actEndAll    = "stint.end.request" // value: request id
	// Of all that waits on a card.
	actApproveAll = "stint.approve.all" // value: card id
	actDenyAll    = "stint.deny.all"    // value: card id
	actMessage    = "stint.message"     // a link to a message; likewise
	actConsole    = "stint.console"     // a link; the press needs nothing but an acknowledgement

	actRequest = "stint.request" // Home: open the form
	actConfig  = "stint.config"  // Home: open the admins' view

	actAccount  = "stint.form.account"
	actRole     = "stint.form.role"
	actGroup    = "stint.form.group"
	actDuration = "stint.form.duration"
	actOther    = "stint.form.other"
	actReason   = "stint.form.reason"
	actFor      = "stint.form.for"
	actStart    = "stint.form.start"
	actPicked   = "stint.form.picked"
	actTicket   = "stint.form.ticket"
	actLeave    = "stint.form.leave"
	actUrgent   = "stint.form.emergency"
	actWhy      = "stint.deny.why"

	actSync    = "stint.config.sync"
	actAccept  = "stint.config.accept" // value: id of what a sync found gone
	actRefresh = "stint.config.refresh"
	actGoOn    = "stint.config.resume"
	actLive    = "stint.config.live" // value: page
	actEndLive = "stint.config.end"  // value: grant id

	actReview = "stint.revision.review" // value: revision id

	// Inputs of the admins' forms that send nothing by themselves.
	actTicks       = "stint.form.ticks"
	actAdminReason = "stint.form.why"
)

// Two buttons of one actions block must differ in their action id; a suffix after ":" tells them apart.
func actionOf(id string) string {
	id, _, _ = strings.Cut(id, ":")
	return id
}

// Callback ids of views.
const (
	viewForm    = "stint.form"
	viewDeny    = "stint.deny"
	viewNote    = "stint.note" // only to be read
	viewSent    = "stint.sent"
	viewConfig  = "stint.config"
	viewDetails = "stint.details"
)

// Block ids of inputs. Inputs keep what was typed over an update only under the same
// block id and action id: what must be reset carries in its block id what it depends on.
const (
	blockAccount  = "account"
	blockRole     = "role"     // + "/" + account, or what several are named by
	blockGroup    = "group"    // + "/" + whom it is for
	blockDuration = "duration" // + "/" + presets
	blockOther    = "other"
	blockReason   = "reason"
	blockWhom     = "for"
	blockStart    = "start" // + "/" + tomorrow
	blockPicked   = "picked"
	blockTicket   = "ticket"
	blockLeave    = "leave" // + "/" + what would be left out
	blockUrgent   = "emergency"
	blockWhy      = "why"
)

// roleBlock is the block id of the role select for an account; choosing another account resets it.
func roleBlock(account catalog.AccountID) string { return blockRole + "/" + string(account) }

// roleBlockAccount is the account that a role select was drawn for.
func roleBlockAccount(blockID string) catalog.AccountID {
	_, account, _ := strings.Cut(blockID, "/")
	return catalog.AccountID(account)
}

// Keys of surface messages, as the outbox names them: a card's by its CardID, those of who
// asked and receives by FormID, the message about several grants by their request.
func cardKey(id access.RequestID) string { return string(access.NoticeCard) + "/" + string(id) }

func askerKey(id access.RequestID) string { return string(access.NoticeAsker) + "/" + string(id) }

func receiverKey(id access.RequestID) string { return string(access.NoticeReceiver) + "/" + string(id) }

func grantKey(id access.GrantID) string { return string(access.NoticeGrant) + "/" + string(id) }

func grantsKey(id access.RequestID) string { return string(access.NoticeGrant) + "s/" + string(id) }
