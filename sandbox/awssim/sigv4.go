package awssim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signatureLife is how long AWS accepts a signed request.
const signatureLife = 5 * time.Minute

// signature is an Authorization header taken apart.
type signature struct {
	keyID, date, region, service string
	signedHeaders                []string
	value                        string
}

// parseAuthorization reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func parseAuthorization(header string) (sig signature, problem string) {
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256")
	if !ok {
		return sig, "Authorization header requires 'AWS4-HMAC-SHA256' algorithm."
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[k] = v
	}
	for _, k := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[k] == "" {
			return sig, "Authorization header requires '" + k + "' parameter."
		}
	}
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 5 || scope[4] != "aws4_request" {
		return sig, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + fields["Credential"] + "'"
	}
	return signature{
		keyID: scope[0], date: scope[1], region: scope[2], service: scope[3],
		signedHeaders: strings.Split(fields["SignedHeaders"], ";"), value: fields["Signature"],
	}, ""
}

// authenticate finds out who signed the request, or refuses as AWS does.
func (c *Cloud) authenticate(r *http.Request, body []byte, svc *service) (*accessKey, signature, *apiError) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, signature{}, svc.unauthenticated("MissingAuthenticationTokenException", "MissingAuthenticationToken", "Missing Authentication Token")
	}
	sig, problem := parseAuthorization(header)
	if problem != "" {
		return nil, sig, svc.unauthenticated("IncompleteSignatureException", "IncompleteSignature", problem)
	}
	bad := func(message string) (*accessKey, signature, *apiError) {
		return nil, sig, svc.unauthenticated("InvalidSignatureException", "SignatureDoesNotMatch", message)
	}
	stamp := r.Header.Get("X-Amz-Date")
	signedAt, err := time.Parse("20060102T150405Z", stamp)
	if err != nil {
		return nil, sig, svc.unauthenticated("IncompleteSignatureException", "IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got '"+stamp+"'.")
	}
	if sig.service != svc.signing {
		return bad("Credential should be scoped to correct service: '" + svc.signing + "'. ")
	}
	if svc.home == globalRegion && sig.region != c.global(svc) && !c.switches.AnyRegion {
		return bad("Credential should be scoped to a valid region, not '" + sig.region + "'. ")
	}
	key := c.keys[sig.keyID]
	if key == nil || key.SessionToken != r.Header.Get("X-Amz-Security-Token") {
		return nil, sig, svc.unauthenticated("UnrecognizedClientException", "InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	for _, required := range []string{"host", "x-amz-date"} {
		if !slices.Contains(sig.signedHeaders, required) {
			return bad("'" + required + "' must be a 'SignedHeader' in the AWS Authorization.")
		}
	}
	if sig.date != stamp[:8] || !hmac.Equal([]byte(sig.value), []byte(sig.compute(r, body, stamp, key.Secret))) {
		return bad("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	if message := c.signatureAge(signedAt); message != "" {
		return bad(message)
	}
	if !key.Expires.IsZero() && !c.sessionNow().Before(key.Expires) {
		return nil, sig, svc.refuseExpired()
	}
	return key, sig, nil
}

// signatureAge says why a signature's time is not acceptable, or "".
func (c *Cloud) signatureAge(signedAt time.Time) string {
	wire := c.cfg.WireNow()
	fresh := func(now time.Time) bool { return now.Sub(signedAt).Abs() <= signatureLife }
	if fresh(wire) {
		return ""
	}
	for _, offset := range c.taught {
		if fresh(wire.Add(offset)) {
			return ""
		}
	}
	f := func(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
	if signedAt.After(wire) {
		return "Signature not yet current: " + f(signedAt) + " is still later than " + f(wire.Add(signatureLife)) + " (" + f(wire) + " + 5 min.)"
	}
	return "Signature expired: " + f(signedAt) + " is now earlier than " + f(wire.Add(-signatureLife)) + " (" + f(wire) + " - 5 min.)"
}

// teach remembers a Date header that a client is about to read: the SDKs set their
// clock by it, and go on signing by it until they read another one. So the age of a
// signature stays a matter of real time wherever Config.Now stands.
func (c *Cloud) teach(date time.Time) {
	const near, kept = 30 * time.Second, 256
	offset := date.Sub(c.cfg.WireNow())
	if offset.Abs() < near {
		return
	}
	for _, known := range c.taught {
		if (known - offset).Abs() < near {
			return
		}
	}
	if len(c.taught) == kept {
		c.taught = c.taught[1:]
	}
	c.taught = append(c.taught, offset)
}

// sessionNow is the clock that temporary credentials expire by.
func (c *Cloud) sessionNow() time.Time {
	if c.switches.WireSessions {
		return c.cfg.WireNow()
	}
	return c.cfg.Now()
}

// compute is the signature that the request should carry.
func (s signature) compute(r *http.Request, body []byte, stamp, secret string) string {
	sum := sha256.Sum256(body)
	var b strings.Builder
	b.WriteString(r.Method + "\n" + canonicalPath(r.URL) + "\n" + canonicalQuery(r.URL) + "\n")
	for _, name := range s.signedHeaders {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(s.signedHeaders, ";") + "\n" + hex.EncodeToString(sum[:]))
	canonical := sha256.Sum256([]byte(b.String()))
	scope := s.date + "/" + s.region + "/" + s.service + "/aws4_request"
	toSign := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(canonical[:])
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, "aws4_request", toSign} {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func canonicalPath(u *url.URL) string {
	if p := u.EscapedPath(); p != "" {
		return p
	}
	return "/"
}

func canonicalQuery(u *url.URL) string {
	return strings.ReplaceAll(u.Query().Encode(), "+", "%20")
}

// headerValue is a header as it was signed: trimmed, runs of spaces made one.
func headerValue(r *http.Request, name string) string {
	var values []string
	switch name {
	case "host":
		host := r.Host
		if host == "" {
			host = r.URL.Host
		}
		values = []string{host}
	case "content-length":
		values = []string{strconv.FormatInt(r.ContentLength, 10)}
	default:
		values = slices.Clone(r.Header.Values(name))
	}
	for i, v := range values {
		values[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(values, ",")
}
