package awsconn

import (
	"fmt"
	"regexp"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
)

// Tag is a tag of AWS: a key with its value.
type Tag struct{ Key, Value string }

var tagText = regexp.MustCompile(`^[\w .:/=+@-]{1,128}$`)

// ParseTag reads key=value; what is no tag is refused with code Invalid.
func ParseTag(s string) (Tag, error) {
	key, value, ok := strings.Cut(s, "=")
	if !ok || !tagText.MatchString(key) || !tagText.MatchString(value) {
		return Tag{}, fault.Newf(fault.Invalid, "awsconn.ParseTag", "Write it as key=value, like jit=true.", "%q is not a tag with its value.", s)
	}
	return Tag{Key: key, Value: value}, nil
}

// UnmarshalText reads a setting; empty is no tag.
func (t *Tag) UnmarshalText(text []byte) (err error) {
	*t = Tag{}
	if len(text) > 0 {
		*t, err = ParseTag(string(text))
	}
	return err
}

func (t Tag) String() string { return t.Key + "=" + t.Value }

// untagged says for people why a role cannot be granted that does not carry the tag;
// "" when it does, or when any role can be granted.
func (c *Connector) untagged(r catalog.Role) string {
	t := c.cfg.GrantTag
	switch {
	case t.Key == "" || r.Tags[t.Key] == t.Value:
		return ""
	case r.TagsUnknown || r.DetailsAsOf.IsZero():
		return "" // AWS decides, and says so
	}
	return fmt.Sprintf("Stint may grant only permission sets that carry the tag %s. Whoever manages permission sets can add it.", t)
}
