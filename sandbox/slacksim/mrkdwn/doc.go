// Package mrkdwn turns the text of a Slack message into spans: pieces of text with a style and, where they are
// one, a link, a mention, a date or an emoji.
//
// A page that shows messages sets each span's text as text and never builds HTML from what an app or a person
// wrote, so nothing in a message can become markup. Entities are decoded here, once; what the decoding yields
// is never parsed again.
package mrkdwn
