package awssim_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"stint/sandbox/awssim"
)

// TestEnvironment is a program that knows nothing but AWS's environment variables.
func TestEnvironment(t *testing.T) {
	w := newWorld(t)
	srv := w.server()
	t.Setenv("AWS_ENDPOINT_URL", srv.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", w.management().ID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", w.management().Secret)
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := organizations.NewFromConfig(cfg).DescribeOrganization(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(out.Organization.MasterAccountId); got != w.ids.ManagementAccountID {
		t.Errorf("management account %s, want %s", got, w.ids.ManagementAccountID)
	}
	cfg.Region = w.ids.Region
	instances, err := ssoadmin.NewFromConfig(cfg).ListInstances(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(instances.Instances) != 1 || aws.ToString(instances.Instances[0].IdentityStoreId) != w.ids.IdentityStoreID {
		t.Errorf("instances %+v", instances.Instances)
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(who.Arn); got != w.management().PrincipalARN {
		t.Errorf("caller %s, want %s", got, w.management().PrincipalARN)
	}
}

// rawCall is a call below the SDK: its headers and body as they are on the wire.
type rawCall struct {
	target, contentType, body string
	service, region           string
	key                       awssim.AccessKey
	at                        time.Time
	tamper                    func(*http.Request)
}

func (w *world) raw(c rawCall) (*http.Response, map[string]any) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx(), http.MethodPost, "http://aws.test/", strings.NewReader(c.body))
	if err != nil {
		w.t.Fatal(err)
	}
	if c.contentType == "" {
		c.contentType = "application/x-amz-json-1.1"
	}
	req.Header.Set("Content-Type", c.contentType)
	if c.target != "" {
		req.Header.Set("X-Amz-Target", c.target)
	}
	if c.at.IsZero() {
		c.at = time.Now()
	}
	if c.region == "" {
		c.region = w.ids.Region
	}
	if c.service == "" {
		c.service = "sso"
	}
	if c.key.ID == "" {
		c.key = w.management()
	}
	sum := sha256.Sum256([]byte(c.body))
	creds := aws.Credentials{AccessKeyID: c.key.ID, SecretAccessKey: c.key.Secret, SessionToken: c.key.SessionToken}
	if err := v4.NewSigner().SignHTTP(w.ctx(), creds, req, hex.EncodeToString(sum[:]), c.service, c.region, c.at); err != nil {
		w.t.Fatal(err)
	}
	if c.tamper != nil {
		c.tamper(req)
	}
	resp, err := w.base.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var m map[string]any
	if !bytes.HasPrefix(b, []byte("<")) {
		if err := json.Unmarshal(b, &m); err != nil {
			w.t.Fatalf("%v in %q", err, b)
		}
	} else {
		m = map[string]any{"xml": string(b)}
	}
	return resp, m
}

func TestErrorShapeOfJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	resp, m := w.raw(rawCall{target: "SWBExternalService.ListPermissionSets", body: `{"InstanceArn":"arn:aws:sso:::instance/nope","MaxResults":101}`})
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", resp.StatusCode)
	}
	for header, want := range map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "X-Amzn-Errortype": "ValidationException",
		"Date": w.clock.Now().Format(http.TimeFormat),
	} {
		if got := resp.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if len(resp.Header.Get("X-Amzn-Requestid")) != 36 {
		t.Errorf("request id %q", resp.Header.Get("X-Amzn-Requestid"))
	}
	want := map[string]any{
		"__type": "ValidationException",
		"Message": "2 validation errors detected: Value 'arn:aws:sso:::instance/nope' at 'instanceArn' failed to satisfy constraint: " +
			"Member must satisfy regular expression pattern: arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}; " +
			"Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
	}
	if d := cmp.Diff(want, m); d != "" {
		t.Error(d)
	}
}

func TestErrorShapeOfQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	resp, m := w.raw(rawCall{
		contentType: "application/x-www-form-urlencoded", service: "sts",
		body: "Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&RoleArn=arn:aws:iam::100000000001:role/none",
	})
	if resp.StatusCode != http.StatusForbidden || resp.Header.Get("Content-Type") != "text/xml" {
		t.Errorf("status %d, content type %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	want := `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>` +
		`<Message>User: arn:aws:iam::111111111111:user/administrator is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::100000000001:role/none</Message></Error>` +
		`<RequestId>` + resp.Header.Get("X-Amzn-Requestid") + `</RequestId></ErrorResponse>`
	if d := cmp.Diff(want, m["xml"]); d != "" {
		t.Error(d)
	}
}

func TestRefusedOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := rawCall{target: "SWBExternalService.ListInstances", body: `{}`}
	with := func(change func(*rawCall)) rawCall {
		c := good
		change(&c)
		return c
	}
	stranger := w.management()
	stranger.ID = "AKIAAAAAAAAAAAAAAAAA"
	liar := w.management()
	liar.Secret = "wrong"
	session := w.management()
	session.SessionToken = "made up"
	for name, tt := range map[string]struct {
		call rawCall
		code string
		text string
	}{
		"unknown key":            {with(func(c *rawCall) { c.key = stranger }), "UnrecognizedClientException", "security token included in the request is invalid"},
		"wrong secret":           {with(func(c *rawCall) { c.key = liar }), "InvalidSignatureException", "does not match"},
		"token with a plain key": {with(func(c *rawCall) { c.key = session }), "UnrecognizedClientException", ""},
		"changed body": {with(func(c *rawCall) {
			c.tamper = func(r *http.Request) {
				r.Body = io.NopCloser(strings.NewReader(`{"MaxResults":1}`))
				r.ContentLength = 16
			}
		}), "InvalidSignatureException", "does not match"},
		"changed target": {with(func(c *rawCall) {
			c.tamper = func(r *http.Request) { r.Header.Set("X-Amz-Target", "SWBExternalService.ListPermissionSets") }
		}), "InvalidSignatureException", "does not match"},
		"unsigned":                {with(func(c *rawCall) { c.tamper = func(r *http.Request) { r.Header.Del("Authorization") } }), "MissingAuthenticationTokenException", ""},
		"other algorithm":         {with(func(c *rawCall) { c.tamper = func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") } }), "IncompleteSignatureException", ""},
		"no date":                 {with(func(c *rawCall) { c.tamper = func(r *http.Request) { r.Header.Del("X-Amz-Date") } }), "IncompleteSignatureException", ""},
		"signed too long ago":     {with(func(c *rawCall) { c.at = time.Now().Add(-6 * time.Minute) }), "InvalidSignatureException", "Signature expired"},
		"signed ahead of time":    {with(func(c *rawCall) { c.at = time.Now().Add(6 * time.Minute) }), "InvalidSignatureException", "Signature not yet current"},
		"another service's scope": {with(func(c *rawCall) { c.service = "sso-admin" }), "InvalidSignatureException", "correct service: 'sso'"},
		"unknown operation":       {with(func(c *rawCall) { c.target = "SWBExternalService.DropEverything" }), "UnknownOperationException", ""},
		"unknown service":         {with(func(c *rawCall) { c.target = "AmazonSQS.ListQueues" }), "UnknownOperationException", ""},
		"other content type":      {with(func(c *rawCall) { c.contentType = "application/json" }), "UnknownOperationException", ""},
		"not JSON":                {with(func(c *rawCall) { c.body = `{"MaxResults":` }), "SerializationException", ""},
		"two documents":           {with(func(c *rawCall) { c.body = `{}{}` }), "SerializationException", ""},
		"a string for a number":   {with(func(c *rawCall) { c.body = `{"MaxResults":"7"}` }), "SerializationException", "STRING_VALUE can not be converted to Integer"},
		"a number for a string":   {with(func(c *rawCall) { c.body = `{"NextToken":7}` }), "SerializationException", "NUMBER_VALUE can not be converted to String"},
		"a token of nobody":       {with(func(c *rawCall) { c.body = `{"NextToken":"AAAA"}` }), "ValidationException", "token"},
		"organizations elsewhere": {with(func(c *rawCall) { c.target, c.service = "AWSOrganizationsV20161128.ListRoots", "organizations" }), "InvalidSignatureException", "valid region, not 'eu-central-1'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, m := w.raw(tt.call)
			text, _ := m["Message"].(string)
			if text == "" {
				text, _ = m["message"].(string)
			}
			if resp.StatusCode != http.StatusBadRequest || m["__type"] != tt.code || !strings.Contains(text, tt.text) {
				t.Errorf("%d %v, want %s with %q", resp.StatusCode, m, tt.code, tt.text)
			}
		})
	}
	t.Run("names are case-sensitive", func(t *testing.T) {
		t.Parallel()
		_, m := w.raw(rawCall{target: "SWBExternalService.ListPermissionSets", body: `{"instanceArn":"` + w.ids.InstanceARN + `"}`})
		if text, _ := m["Message"].(string); !strings.Contains(text, "Value null at 'instanceArn' failed to satisfy constraint: Member must not be null") {
			t.Errorf("%v", m)
		}
	})
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		resp, err := http.Post(w.server().URL, "application/x-amz-json-1.1", strings.NewReader(strings.Repeat(" ", 2<<20)))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("status %d", resp.StatusCode)
		}
	})
}

func TestRefusedQueryOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := rawCall{contentType: "application/x-www-form-urlencoded", service: "sts", body: "Action=GetCallerIdentity&Version=2011-06-15"}
	stranger, liar := w.management(), w.management()
	stranger.ID, liar.Secret = "AKIAAAAAAAAAAAAAAAAA", "wrong"
	for name, tt := range map[string]struct {
		change func(*rawCall)
		code   string
		status int
	}{
		"unknown key":    {func(c *rawCall) { c.key = stranger }, "InvalidClientTokenId", 403},
		"wrong secret":   {func(c *rawCall) { c.key = liar }, "SignatureDoesNotMatch", 403},
		"expired":        {func(c *rawCall) { c.at = time.Now().Add(-time.Hour) }, "SignatureDoesNotMatch", 403},
		"unsigned":       {func(c *rawCall) { c.tamper = func(r *http.Request) { r.Header.Del("Authorization") } }, "MissingAuthenticationToken", 403},
		"unknown action": {func(c *rawCall) { c.body = "Action=Nope&Version=2011-06-15" }, "InvalidAction", 400},
		"no action":      {func(c *rawCall) { c.contentType = "text/plain" }, "MissingAction", 400},
		"iam elsewhere":  {func(c *rawCall) { c.service, c.body = "iam", "Action=ListRoles&Version=2010-05-08" }, "SignatureDoesNotMatch", 403},
		"bad number": {func(c *rawCall) {
			c.service, c.region, c.body = "iam", "us-east-1", "Action=ListRoles&Version=2010-05-08&MaxItems=many"
		}, "MalformedInput", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := good
			tt.change(&c)
			resp, m := w.raw(c)
			body, _ := m["xml"].(string)
			if resp.StatusCode != tt.status || !strings.Contains(body, "<Code>"+tt.code+"</Code>") {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, body, tt.status, tt.code)
			}
		})
	}
}

// TestVirtualClock: the organization is years ahead of the client, whose SDK signs
// by its own clock first and by the Date header afterwards. Both are accepted.
func TestVirtualClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl := w.sso()
	for i := range 3 {
		if _, err := cl.ListInstances(w.ctx(), nil); err != nil {
			t.Fatalf("call %d: %v", i+1, err)
		}
		w.clock.Advance(30 * time.Minute)
		if _, err := w.sso().ListInstances(w.ctx(), nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnyRegion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl := organizations.NewFromConfig(w.config(w.management(), "eu-west-3"))
	_, err := cl.ListRoots(w.ctx(), nil)
	wantCode(t, err, "InvalidSignatureException", 400)
	w.SetSwitches(func(s *awssim.Switches) { s.AnyRegion = true })
	if _, err := cl.ListRoots(w.ctx(), nil); err != nil {
		t.Error(err)
	}
	out, err := ssoadmin.NewFromConfig(w.config(w.management(), "eu-west-3")).ListInstances(w.ctx(), nil)
	if err != nil || len(out.Instances) != 1 {
		t.Errorf("%v, %v", out, err)
	}
}
