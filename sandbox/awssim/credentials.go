package awssim

import (
	"fmt"
	"time"
)

// AccessKey is what a client signs with.
type AccessKey struct {
	ID           string `json:"id"`
	Secret       string `json:"secret"`
	SessionToken string `json:"session_token,omitempty"`
	PrincipalARN string `json:"principal_arn"`
	// Expires is zero for keys that do not.
	Expires time.Time `json:"expires,omitzero"`
}

// Credentials are the access keys that a Cloud starts with.
type Credentials struct {
	// Management is an administrator in the management account.
	Management AccessKey `json:"management"`
	// DelegatedAdmin is an administrator in the account that Identity Center is
	// delegated to; its ID is empty when there is none.
	DelegatedAdmin AccessKey `json:"delegated_admin"`
	// Principals are the keys of Organization.Principals, in their order.
	Principals []AccessKey `json:"principals,omitempty"`
}

// accessKey is a key with what it stands for.
type accessKey struct {
	AccessKey
	accountID string
	userID    string // AIDA… of a user, AROA…:session of an assumed role
	policy    *policy
	roleARN   string // of the role behind an assumed-role session
	rootARN   string // of its account, which a trust policy may name
}

// Credentials returns the access keys that the Cloud started with.
func (c *Cloud) Credentials() Credentials {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.credentials
}

// AddPrincipal makes a further caller and returns its key. It fails when its
// policy cannot be read or its account is unknown.
func (c *Cloud) AddPrincipal(p Principal) (AccessKey, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.addPrincipal(p)
}

func (c *Cloud) addPrincipal(p Principal) (AccessKey, error) {
	if c.state.account[p.AccountID] == nil {
		return AccessKey{}, fmt.Errorf("principal %s: unknown account %q", p.Name, p.AccountID)
	}
	pol, err := parsePolicy(p.Policy)
	if err != nil {
		return AccessKey{}, fmt.Errorf("principal %s: %w", p.Name, err)
	}
	if p.AccessKeyID == "" {
		p.AccessKeyID = "AKIA" + randomFrom(c.rand, base32Alphabet, 16)
	}
	if p.SecretAccessKey == "" {
		p.SecretAccessKey = randomFrom(c.rand, base64Alphabet, 40)
	}
	if c.keys[p.AccessKeyID] != nil {
		return AccessKey{}, fmt.Errorf("principal %s: access key %s exists already", p.Name, p.AccessKeyID)
	}
	k := &accessKey{
		AccessKey: AccessKey{
			ID: p.AccessKeyID, Secret: p.SecretAccessKey,
			PrincipalARN: c.arn("iam", p.AccountID, "user/"+p.Name),
		},
		accountID: p.AccountID,
		userID:    "AIDA" + randomFrom(c.rand, base32Alphabet, 17),
		policy:    pol,
		rootARN:   c.arn("iam", p.AccountID, "root"),
	}
	c.keys[k.ID] = k
	return k.AccessKey, nil
}

// SetPolicy replaces what the principal of an access key may do from now on;
// empty means everything.
func (c *Cloud) SetPolicy(accessKeyID, document string) error {
	pol, err := parsePolicy(document)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.keys[accessKeyID]
	if k == nil {
		return fmt.Errorf("policy: unknown access key %q", accessKeyID)
	}
	k.policy = pol
	c.notify()
	return nil
}

// RevokeKey makes an access key unknown from now on.
func (c *Cloud) RevokeKey(accessKeyID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.keys[accessKeyID]
	delete(c.keys, accessKeyID)
	c.notify()
	return ok
}

// ExpireSessions ends every session that AssumeRole has given out, and returns how many.
func (c *Cloud) ExpireSessions() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, k := range c.keys {
		if k.SessionToken != "" {
			k.Expires = time.Unix(0, 0)
			n++
		}
	}
	c.notify()
	return n
}

const (
	base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

func (c *Cloud) loadPrincipals(org *Organization) error {
	var err error
	creds := &c.state.credentials
	if creds.Management, err = c.addPrincipal(Principal{AccountID: org.ManagementAccountID, Name: "administrator"}); err != nil {
		return err
	}
	if org.DelegatedAdminAccountID != "" {
		creds.DelegatedAdmin, err = c.addPrincipal(Principal{AccountID: org.DelegatedAdminAccountID, Name: "identity-administrator"})
		if err != nil {
			return err
		}
	}
	for _, p := range org.Principals {
		k, err := c.addPrincipal(p)
		if err != nil {
			return err
		}
		creds.Principals = append(creds.Principals, k)
	}
	return nil
}
