package page

import (
	"testing"

	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
)

func TestEverySettingHasWords(t *testing.T) {
	t.Parallel()
	for name, list := range map[string][]field{
		"slack faults":   fields(faultsOfSlack{}, faultsOfSlack{}, slackFaultWords),
		"slack switches": fields(slacksim.DefaultSwitches(), slacksim.DefaultSwitches(), slackSwitchWords),
		"tuning":         fields(awssim.DefaultTuning(), awssim.DefaultTuning(), tuningWords),
		"aws switches":   fields(awssim.DefaultSwitches(), awssim.DefaultSwitches(), awsSwitchWords),
	} {
		for _, f := range list {
			if f.Words == "" {
				t.Errorf("%s: %s has no words", name, f.Name)
			}
		}
	}
	for _, k := range awssim.FaultKinds() {
		if awsFaultWords[k] == "" {
			t.Errorf("aws faults: %s has no words", k)
		}
	}
}

func TestSnake(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"AckTimeout": "ack_timeout", "ResponseURLUses": "response_url_uses", "ViewBytes": "view_bytes", "Gone": "gone", "HTTPStatus": "http_status",
	} {
		if got := snake(name); got != want {
			t.Errorf("%s became %s, want %s", name, got, want)
		}
	}
}
