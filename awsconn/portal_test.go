package awsconn

import (
	"testing"

	"stint/access/catalog"
)

// In GovCloud and China the portal is where AWS documents it, with the id of the identity store.
func TestPortalOutsideAWS(t *testing.T) {
	t.Parallel()
	for region, base := range map[string]string{
		"us-gov-west-1": "https://start.us-gov-home.awsapps.com/directory/", "cn-north-1": "https://start.home.awsapps.cn/directory/",
	} {
		bubbleRun(t, region, func(t *testing.T) {
			w := newWorld(t, func(s *setting) {
				s.gen.Region, s.region = region, region
			})
			here, err := w.place(t.Context(), grant)
			if err != nil {
				t.Fatal(err)
			}
			if got := here.instance.Portal(); got != base+w.org.IdentityStoreID {
				t.Errorf("says %s", got)
			}
			if check, err := w.Portal(t.Context()); err != nil || !check.OK {
				t.Errorf("%+v %v", check, err)
			}
		})
	}
}

// In a partition that nobody has heard of the link is left out, and the checks say so.
func TestPortalElsewhere(t *testing.T) {
	t.Parallel()
	in := catalog.Instance{ARN: "arn:aws-iso:sso:::instance/ssoins-1", IdentityStoreID: "d-1"}
	if host, url := usualPortal(in); host != "" || url != "" {
		t.Errorf("guessed %s%s", host, url)
	}
	if check := portalCheck(in); check.OK || check.Hint == "" {
		t.Errorf("%+v", check)
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
