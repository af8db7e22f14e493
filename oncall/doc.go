// Package oncall asks PagerDuty and Opsgenie who is on call now under a schedule.
//
// PagerDuty: GET /schedules/{id}/users of its REST API v2, which lists the users on call in a
// range of time. Opsgenie: GET /v2/schedules/{id or name}/on-calls with flat=true, which
// lists the user names, and these are e-mail addresses. Both are read-only.
package oncall
