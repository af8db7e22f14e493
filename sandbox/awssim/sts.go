package awssim

import (
	"regexp"
	"strings"
	"time"
)

var (
	ruleRoleARN    = rule{required: true, min: 20, max: 2048}
	ruleSession    = rule{required: true, min: 2, max: 64, re: regexp.MustCompile(`^[\w+=,.@-]*$`)}
	ruleExternalID = rule{min: 2, max: 1224, re: regexp.MustCompile(`^[\w+=,.@:\/-]*$`)}
	reRoleARN      = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):role/(.*/)?([\w+=,.@-]{1,64})$`)
)

type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

type assumeRoleXML struct {
	Credentials     credentialsXML
	AssumedRoleUser struct {
		AssumedRoleID string `xml:"AssumedRoleId"`
		Arn           string
	}
}

// assumeRole gives out a session of a role, when the role's trust policy names the
// caller, the external id is right, and the role may be assumed for that long.
// Everything else is one and the same AccessDenied, which tells nobody whether the
// role exists.
func assumeRole(c *Cloud, rq *request) (any, *apiError) {
	p := rq.params
	arn := p.str("RoleArn", ruleRoleARN)
	session := p.str("RoleSessionName", ruleSession)
	external := p.str("ExternalId", ruleExternalID)
	seconds := p.integer("DurationSeconds", 900, 43200, 3600)
	if e := p.check(svcSTS); e != nil {
		return nil, e
	}
	refused := svcSTS.refuseDenied("User: " + rq.caller.PrincipalARN + " is not authorized to perform: sts:AssumeRole on resource: " + arn)
	m := reRoleARN.FindStringSubmatch(arn)
	if m == nil {
		return nil, refuse(svcSTS.invalid, arn+" is invalid")
	}
	accountID, name := m[1], m[3]
	role := c.role(accountID, name)
	if role == nil || "/"+m[2] != role.Path || !c.state.account[accountID].active() {
		return nil, refused
	}
	trust, err := parsePolicy(role.Trust)
	if err != nil || trust == nil {
		return nil, refused
	}
	keys := c.conditionKeys(rq, arn)
	if external != "" {
		keys["sts:externalid"] = external
	}
	keys["sts:rolesessionname"] = session
	if trust.evaluate("sts:AssumeRole", arn, keys, rq.caller) != allowed {
		return nil, refused
	}
	if role.MaxSession > 0 && seconds > int(role.MaxSession.Seconds()) || role.MaxSession == 0 && seconds > 3600 {
		return nil, refuse(svcSTS.invalid, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if rq.caller.roleARN != "" && seconds > 3600 {
		return nil, refuse(svcSTS.invalid, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	policy, err := parsePolicy(role.Policy)
	if err != nil {
		return nil, refused
	}
	k := &accessKey{
		AccessKey: AccessKey{
			ID: "ASIA" + randomFrom(c.rand, base32Alphabet, 16), Secret: randomFrom(c.rand, base64Alphabet, 40),
			SessionToken: randomFrom(c.rand, base64Alphabet, 200),
			PrincipalARN: c.arn("sts", accountID, "assumed-role/"+name+"/"+session),
			Expires:      c.sessionNow().Add(time.Duration(seconds) * time.Second).Truncate(time.Second),
		},
		accountID: accountID,
		userID:    roleID(accountID, name) + ":" + session,
		policy:    policy,
		roleARN:   arn,
		rootARN:   c.arn("iam", accountID, "root"),
	}
	c.forgetSessions()
	c.keys[k.ID] = k
	var out assumeRoleXML
	out.Credentials = credentialsXML{k.ID, k.Secret, k.SessionToken, xmlTime(k.Expires)}
	out.AssumedRoleUser.AssumedRoleID, out.AssumedRoleUser.Arn = k.userID, k.PrincipalARN
	return out, nil
}

// forgetSessions drops sessions that ended more than a day ago; until then they are
// remembered, so that they are refused as expired and not as unknown.
func (c *Cloud) forgetSessions() {
	old := c.sessionNow().Add(-24 * time.Hour)
	for id, k := range c.keys {
		if k.SessionToken != "" && k.Expires.Before(old) {
			delete(c.keys, id)
		}
	}
}

func xmlTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

type callerIdentityXML struct {
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

func getCallerIdentity(_ *Cloud, rq *request) (any, *apiError) {
	k := rq.caller
	return callerIdentityXML{Arn: k.PrincipalARN, UserID: k.userID, Account: k.accountID}, nil
}

// roleID is a role's unique id, the same each time.
func roleID(accountID, name string) string {
	const alphabet = base32Alphabet
	h := uint64(14695981039346656037)
	var b strings.Builder
	b.WriteString("AROA")
	for i := range 17 {
		for _, ch := range []byte(accountID + "/" + name) {
			h = (h ^ uint64(ch)) * 1099511628211
		}
		h += uint64(i)
		b.WriteByte(alphabet[h>>59])
	}
	return b.String()
}
