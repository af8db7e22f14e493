// Package blockkit judges Block Kit as Slack does: every documented length and count, which fields an object
// must and may have, which element may stand in which block, and what may not occur twice.
//
// It works on decoded JSON and not on typed structs, because what it must find is exactly what a typed decoder
// drops: unknown fields, nulls, numbers in the place of strings. Each problem names its place by JSON pointer
// in Slack's words, so that an app's error handling sees what it would see from Slack.
package blockkit
