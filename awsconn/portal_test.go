package awsconn

import (
	"testing"

	"stint/access/catalog"
)

// Outside the partition aws the portal's address is not guessed; it is what was set, or
// unknown, and the checks say so.
func TestPortalOutsideAWS(t *testing.T) {
	t.Parallel()
	for region, partition := range map[string]string{"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"} {
		bubbleRun(t, partition, func(t *testing.T) {
			w := newWorld(t, func(s *setting) {
				s.gen.Region, s.region = region, region
			})
			here, err := w.place(t.Context(), grant)
			if err != nil {
				t.Fatal(err)
			}
			if got := here.instance.Portal(); got != "" {
				t.Errorf("guessed %s", got)
			}
			check, err := w.Portal(t.Context())
			if err != nil || check.OK || check.Hint == "" {
				t.Errorf("%+v %v", check, err)
			}
		})
	}
}

func TestPortalAddress(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]catalog.Instance{
		"https://d-1.awsapps.com/start":                           {PortalHost: "d-1.awsapps.com"},
		"https://start.us-gov-home.awsapps.com/directory/example": {PortalHost: "ignored", PortalURL: "https://start.us-gov-home.awsapps.com/directory/example/"},
		"": {},
	} {
		if got := in.Portal(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, wrong := range []string{"http://x.example", "https://x.example/#/console", "https://x.example/a?b", "https://x y", "x.example"} {
		cfg := Config{PortalURL: wrong}
		if cfg.check() == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}
