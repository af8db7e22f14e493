package bot

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/slack-go/slack"
)

// remedies says in words what an answer of Slack means that no retry mends, and what to
// do. The library retries most of them for ever and without a word.
func remedy(code string) (problem, hint string, fatal bool) {
	switch code {
	case "invalid_auth", "not_authed":
		return "Slack does not accept the token", "Set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…) to the tokens of this app, then restart.", true
	case "token_revoked":
		return "the token was revoked", "Install the app to the workspace again, set the new tokens, then restart.", true
	case "token_expired":
		return "the token has expired", "Turn token rotation off for this app, or set a fresh token, then restart.", true
	case "account_inactive":
		return "the app was removed from the workspace, or its bot user is deactivated", "Install the app to the workspace again, set the new tokens, then restart.", true
	case "missing_scope":
		return "the token lacks a permission", "Add the scope in the app's settings (manifests/slack-app.yaml lists all), reinstall the app, then restart.", true
	case "not_allowed_token_type":
		return "the token is of the wrong kind", "SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-. They may be swapped.", true
	case "no_permission", "access_denied", "ekm_access_denied", "team_access_not_granted":
		return "Slack denies access to this app", "A workspace admin must allow the app.", true
	case "org_login_required", "team_added_to_org":
		return "the workspace is being moved to an organization", "Wait until the migration has ended, then reinstall the app.", true
	case "forbidden_team", "not_in_team":
		return "the app is not installed in this workspace", "Install it again.", true
	case "app_not_installed", "invalid_app", "app_missing_action_url":
		return "the app is not set up for Socket Mode", "Turn Socket Mode on in the app's settings and create the app from manifests/slack-app.yaml.", true
	}
	return "", "", false
}

// slackCode is the error code that Slack answered, "" when err is no answer of Slack.
func slackCode(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	return ""
}

// trouble is a failure to talk to Slack, in words for operators and admins.
type trouble struct {
	problem string
	hint    string
	fatal   bool // retrying does not mend it
}

func classify(err error) trouble {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		if problem, hint, fatal := remedy(e.Err); fatal {
			if e.Needed != "" {
				problem += " (needed: " + e.Needed + ")"
			}
			return trouble{problem: problem + ": " + e.Err, hint: hint, fatal: true}
		}
		return trouble{problem: "Slack answered " + e.Err, hint: "It is tried again."}
	}
	if _, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return trouble{problem: "Slack limits the rate of requests", hint: "It is tried again when Slack allows it."}
	}
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok {
		if e.Code == http.StatusNotFound {
			return trouble{problem: "there is no Slack API at this address", hint: "Check SLACK_API_URL; it ends with /api/.", fatal: true}
		}
		return trouble{problem: "Slack answered HTTP " + e.Status, hint: "It is tried again."}
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return trouble{problem: "Slack did not answer in time", hint: "Check the network, a proxy and the firewall; it is tried again."}
	}
	return trouble{problem: "Slack cannot be reached", hint: "Check the network, DNS, a proxy and the firewall; it is tried again."}
}

// retryAfter is how long Slack wants us to wait; ok is false when it did not say so.
func retryAfter(err error) (wait time.Duration, ok bool) {
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return max(e.RetryAfter, time.Second), true
	}
	if e, ok := errors.AsType[*RateLimited](err); ok {
		return e.Wait, true
	}
	return 0, false
}
