package page

import "stint/sandbox/awssim"

// What the page calls the simulators' settings. A test sees to it that each has words.

var slackFaultWords = map[string]string{
	"gone":            "Slack is unreachable",
	"refuse_sockets":  "New sockets are refused",
	"ignore_acks":     "Acknowledgements get lost",
	"redeliver":       "Send every envelope again, this many times",
	"expire_triggers": "Trigger ids arrive expired",
	"latency":         "Every answer of the Web API comes later by",
}

var slackSwitchWords = map[string]string{
	"ack_timeout":            "Time to acknowledge",
	"trigger_lifetime":       "A trigger id lives for",
	"trigger_once":           "A trigger id works once",
	"response_url_uses":      "A response URL works this often",
	"response_url_lifetime":  "A response URL lives for",
	"socket_reply_limit":     "Socket replies from this many bytes are dropped",
	"ping_every":             "Pause between pings",
	"max_sockets":            "Most sockets of one app",
	"socket_lifetime":        "A socket is refreshed after",
	"socket_warning":         "Warning before a refresh",
	"socket_grace":           "A socket ends this long after its disconnect frame",
	"deactivated_user_error": "A message to a deactivated person is refused with",
	"ticket_lifetime":        "A socket address can be dialled for",
	"event_retries":          "Events that are not acknowledged come again after",
	"suggestion_state":       "block_suggestion carries view.state",
	"keep_ephemerals":        "Ephemeral messages survive a reload",
	"rate_limits":            "Rates are limited",
	"post_burst":             "Messages to one channel that may come at once",
	"message_chars":          "Most characters of a message",
	"view_bytes":             "Largest view in bytes",
	"open_replaces":          "views.open closes the modal that is open",
	"strict_placeholders":    "Placeholders have at most 150 characters",
	"unique_actions":         "An action_id appears once in a block",
	"not_in_channel_public":  "Posting needs membership in public channels too",
}

var awsFaultWords = map[awssim.FaultKind]string{
	awssim.FaultThrottle:          "Rate exceeded",
	awssim.FaultTooManyProcessing: "Too many requests processing",
	awssim.FaultServerError:       "Internal error (500)",
	awssim.FaultUnavailable:       "Unavailable (503)",
	awssim.FaultAccessDenied:      "Access denied",
	awssim.FaultConflict:          "Conflict",
	awssim.FaultNotFound:          "Not found",
	awssim.FaultExpiredToken:      "Credentials have expired",
	awssim.FaultDropBefore:        "Connection lost before the effect",
	awssim.FaultDropAfter:         "Connection lost after the effect",
	awssim.FaultHangBefore:        "No answer, no effect",
	awssim.FaultHangAfter:         "No answer after the effect",
	awssim.FaultLatency:           "Answers late",
	awssim.FaultGarbled:           "Answer cut off in the middle",
	awssim.FaultShortPage:         "Short and empty pages",
	awssim.FaultRepeatedToken:     "Pages repeat for ever",
	awssim.FaultStuck:             "Operation stays in progress",
	awssim.FaultSlow:              "Operation takes long",
	awssim.FaultFailed:            "Operation fails",
	awssim.FaultFailedAfterEffect: "Operation fails after its effect",
}

var tuningWords = map[string]string{
	"operation_min":        "An operation takes at least",
	"operation_max":        "An operation takes at most",
	"listing_lag":          "Listings lag behind by",
	"propagation_conflict": "Conflict after an operation for",
	"scim_revert":          "SCIM undoes changes of its groups after",
	"outstanding_limit":    "Most operations in flight",
	"sso_admin_rate":       "sso-admin, calls a second",
	"sso_admin_burst":      "sso-admin, at once",
	"identity_store_rate":  "identitystore, calls a second",
	"identity_store_burst": "identitystore, at once",
	"organizations_rate":   "organizations, calls a second",
	"organizations_burst":  "organizations, at once",
	"organizations_parent": "organizations ListParents, calls a second",
	"tagging_rate":         "tagging, calls a second",
	"tagging_burst":        "tagging, at once",
	"latency":              "Every answer comes later by",
	"clock_skew":           "AWS's Date header is ahead by",
}

var awsSwitchWords = map[string]string{
	"account_paths":                 "Accounts carry their OU paths",
	"account_status":                "Accounts carry the retired Status",
	"account_state":                 "Accounts carry State",
	"tag_resources":                 "tag:GetResources knows accounts",
	"principal_listing_delegated":   "A delegated administrator lists by principal",
	"delegated_may_list_management": "A delegated administrator sees the management account",
	"final_status_in_reply":         "Instant operations say so in the reply",
	"busy_account_conflicts":        "A busy account refuses instead of queueing",
	"any_region":                    "Signatures for any region are accepted",
	"wire_sessions":                 "Assumed sessions expire by real time",
}
