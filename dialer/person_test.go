package dialer

import "testing"

func TestSameTelephone(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"PJSIP/101", "PJSIP/101", true},
		{"PJSIP/101", "PJSIP/102", false},
		{"PJSIP/101", "SIP/101", false},
		{"Local/7@desks/n", "Local/7@desks", true},
		{"Local/7@desks/n", "Local/7@desks/nj", true},
		{"Local/7@desks/n", "Local/8@desks/n", false},
		{"Local/7@desks", "Local/8@desks", false},
		{"Local/7", "Local/8", false},
		{"DAHDI/i1/7", "DAHDI/i1/8", false},
	} {
		if got := sameTelephone(test.a, test.b); got != test.same {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}
