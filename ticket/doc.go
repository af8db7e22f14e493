// Package ticket asks a company's own service whether a ticket is good.
//
// Stint sends POST with a JSON body (Question) over HTTPS, signed: the header
// Stint-Timestamp is the time in Unix seconds, and Stint-Signature is "v1=" and the hex
// HMAC-SHA256, under the shared key, of the timestamp, a dot and the body. A service should
// refuse a timestamp that is older than five minutes. The same request may be asked about
// again; its id is in the header Idempotency-Key.
//
// The service answers 200 with JSON: {"valid": true, "message": "Disk full on prod-billing"}.
// Anything else, and any answer that takes longer than Timeout or is larger than 16 KiB, is
// not an answer: the request is then neither posted nor granted. Redirects are not followed,
// and addresses that are not public are not asked unless Options allow them.
package ticket
