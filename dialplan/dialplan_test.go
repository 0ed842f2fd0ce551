package dialplan_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dialerd/dialer"
	"dialerd/dialplan"
)

// line is one priority of one extension.
type line struct {
	context, extension, label string
	app, args                 string
}

var (
	contextForm = regexp.MustCompile(`^\[([a-z-]+)\]$`)
	firstForm   = regexp.MustCompile(`^exten => ([A-Za-z]+|_?\*5[0-9X]+\.?),1,(\w+)\((.*)\)$`)
	nextForm    = regexp.MustCompile(`^ same => n(?:\(([a-z]+)\))?,(\w+)\((.*)\)$`)
)

// parse reads the dialplan strictly: what it does not know is an error of the file.
func parse(t *testing.T) []line {
	t.Helper()
	var plan []line
	var context, extension string
	for i, text := range strings.Split(strings.TrimSuffix(dialplan.Text(), "\n"), "\n") {
		text, _, _ = strings.Cut(text, ";")
		if strings.TrimSpace(text) == "" {
			continue
		}
		if m := contextForm.FindStringSubmatch(text); m != nil {
			context, extension = m[1], ""
		} else if m := firstForm.FindStringSubmatch(text); m != nil {
			extension = m[1]
			plan = append(plan, line{context, extension, "", m[2], m[3]})
		} else if m := nextForm.FindStringSubmatch(text); m != nil && extension != "" {
			plan = append(plan, line{context, extension, m[1], m[2], m[3]})
		} else {
			t.Errorf("line %d is neither a context nor an extension nor a next priority: %q", i+1, text)
		}
	}
	return plan
}

// Contexts of the dialplan's own, into which no call is sent: the one that asks the daemon, and the one that asks
// for an operator and tells him.
const (
	asking   = "dialerd-ask"
	operator = "dialerd-operator"
)

func TestContexts(t *testing.T) {
	entries := map[string]bool{}
	for _, l := range parse(t) {
		if l.extension == dialplan.Extension {
			entries[l.context] = true
		}
		if l.extension == "failed" || l.extension == "h" {
			t.Errorf("[%s] has an extension %q", l.context, l.extension)
		}
	}
	want := []string{dialplan.ContextAnswered, asking, dialplan.ContextMessage, operator, dialplan.ContextQueue}
	if got := slices.Sorted(maps.Keys(entries)); !slices.Equal(got, want) {
		t.Errorf("contexts with extension %s: %v, want %v", dialplan.Extension, got, want)
	}
	for _, context := range want {
		if len(of(parse(t), context, "T")) == 0 {
			t.Errorf("[%s] has no extension T: a time limit would hang up without a word", context)
		}
	}
}

// TestNamesAreShared reads the comments as well, which tell the administrator what he may set and use.
func TestNamesAreShared(t *testing.T) {
	want := []string{
		dialplan.GlobalAGI, dialplan.GlobalMessage, dialplan.GlobalSounds, dialplan.GlobalWait, dialplan.ChannelAgent,
		dialplan.VarAction, dialplan.VarAttributes, dialplan.VarCampaign, dialplan.VarError, dialplan.VarExternal, dialplan.VarID, dialplan.VarLead,
		dialplan.VarAfter, dialplan.VarAgent, dialplan.VarBy, dialplan.VarCode, dialplan.VarLeft, dialplan.VarReason, dialplan.VarSince, dialplan.VarUntil,
		dialplan.VarMessage, dialplan.VarName, dialplan.VarOK, dialplan.VarPriority, dialplan.VarQueue, dialplan.VarWithin,
	}
	got := regexp.MustCompile(`DIALERD?_[A-Z]+`).FindAllString(dialplan.Text(), -1)
	slices.Sort(got)
	slices.Sort(want)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("the dialplan has %v\nnames.go has     %v", got, want)
	}
}

// TestGuard holds the one AGI() to its guard, in the order without which it does not guard.
func TestGuard(t *testing.T) {
	plan := parse(t)
	asks := 0
	for _, l := range plan {
		if l.app == "AGI" {
			asks++
		}
	}
	var before, after []string
	seen := false
	for _, l := range of(plan, asking, "s") {
		step := l.app + "(" + l.args + ")"
		switch {
		case l.app == "AGI":
			seen = true
		case seen:
			after = append(after, step)
		default:
			before = append(before, step)
		}
	}
	if asks != 1 || !seen {
		t.Fatalf("%d AGI() in the dialplan, want one, in [%s]", asks, asking)
	}
	if !strings.HasPrefix(before[0], "MSet(DIALER_OK=0") {
		t.Errorf("the first step has to preset DIALER_OK to 0, is %s", before[0])
	}
	if want := []string{"Set(LOCAL(AGIEXITONHANGUP)=yes)", "Set(TIMEOUT(absolute)=0.5)"}; !slices.Equal(before[len(before)-2:], want) {
		t.Errorf("right before AGI(): %v, want %v", before[len(before)-2:], want)
	}
	if want := []string{"Set(TIMEOUT(absolute)=0)", `GotoIf($["${DIALER_OK}" = "1"]?answered)`}; !slices.Equal(after[:2], want) {
		t.Errorf("right after AGI(): %v, want %v", after[:2], want)
	}
	out := of(plan, asking, "T")
	if len(out) != 1 || out[0].app != "Goto" || out[0].args != "s,judge" {
		t.Errorf("T has to go to judge, is %v", out)
	}
	for _, l := range of(plan, asking, "s") {
		if l.label == "judge" && l.args != "TIMEOUT(absolute)=0" {
			t.Errorf("judge has to take the limit back first, is %s", l.args)
		}
	}
}

// questionForm is a question that is put; the one that [dialerd-operator] passes on is not spelled out there.
var questionForm = regexp.MustCompile(`^dialerd-(?:ask|operator),s,1\(([a-z]+)`)

// TestQuestionsAndActions compares the dialplan's words with the dialer's.
func TestQuestionsAndActions(t *testing.T) {
	plan := parse(t)
	asked := map[string]bool{}
	for _, l := range plan {
		if word := questionForm.FindStringSubmatch(l.args); word != nil {
			var kind dialer.QuestionKind
			if err := kind.UnmarshalText([]byte(word[1])); err != nil {
				t.Error(err)
			}
			asked[word[1]] = true
		}
	}
	for kind := dialer.QuestionNone + 1; !strings.HasPrefix(kind.String(), "unknown"); kind++ {
		byAPI := kind == dialer.QuestionReserve || kind == dialer.QuestionRelease
		if asked[kind.String()] == byAPI {
			t.Errorf("the dialplan asks %q: %v", kind, !byAPI)
		}
	}
	for action := dialer.ActionNone + 1; !strings.HasPrefix(action.String(), "unknown"); action++ {
		if len(of(plan, dialplan.ContextAnswered, action.String())) == 0 {
			t.Errorf("[%s] has no extension for the action %q", dialplan.ContextAnswered, action)
		}
	}
}

// TestCodes: an operator hears something of his own for each way in which he can stand, and for a refusal.
func TestCodes(t *testing.T) {
	plan := parse(t)
	words := []string{"refused"}
	for code := dialer.CodeNone + 1; !strings.HasPrefix(code.String(), "unknown"); code++ {
		words = append(words, code.String())
	}
	for _, word := range words {
		if len(of(plan, operator, word)) == 0 {
			t.Errorf("[%s] has no extension for the code %q", operator, word)
		}
		if !strings.Contains(dialplan.Text(), word+",") && !strings.Contains(dialplan.Text(), word+")") {
			t.Errorf("the sound file %q is not in the list of them", word)
		}
	}
	for _, l := range plan {
		if l.context == dialplan.ContextFeatures && (l.app != "Gosub" || !strings.HasPrefix(l.args, operator+",s,1(")) {
			t.Errorf("%s: %s(%s): it runs in the context of the operators, where nothing else can be jumped to", l.extension, l.app, l.args)
		}
	}
}

// TestJumpsArrive looks for every Goto's place.
func TestJumpsArrive(t *testing.T) {
	plan := parse(t)
	arrives := func(from line, to string) bool {
		parts := strings.Split(to, ",")
		switch len(parts) {
		case 1:
			return slices.ContainsFunc(of(plan, from.context, from.extension), func(l line) bool { return l.label == parts[0] })
		case 2:
			return slices.ContainsFunc(of(plan, from.context, parts[0]), func(l line) bool { return parts[1] == "1" || l.label == parts[1] })
		default:
			return parts[2] == "1" && len(of(plan, parts[0], parts[1])) > 0
		}
	}
	for _, l := range plan {
		to := l.args
		switch l.app {
		case "Gosub":
			to, _, _ = strings.Cut(to, "(")
		case "GotoIf":
			_, to, _ = strings.Cut(to, "]?")
		case "Goto":
			if strings.HasPrefix(to, "${") { // by the name of an action: see above
				continue
			}
		default:
			continue
		}
		if !arrives(l, to) {
			t.Errorf("[%s] %s: %s(%s) leads nowhere", l.context, l.extension, l.app, l.args)
		}
	}
}

func TestChannelID(t *testing.T) {
	if got := dialplan.ChannelID("a", 7); got != "da-7" {
		t.Errorf("ChannelID: %q, want da-7", got)
	}
	for _, test := range []struct {
		id   string
		call int64
	}{
		{"da-7", 7}, {"da-9223372036854775807", 1<<63 - 1},
		{"da-7-b", 0}, {"da-07", 0}, {"da-+7", 0}, {"da--7", 0}, {"da-0", 0}, {"da-", 0}, {"da", 0}, {"", 0},
		{"db-7", 0}, {"da-1-7", 0}, {"da-9223372036854775808", 0}, {"lab22-1795352378.2", 0},
	} {
		call, ok := dialplan.ParseChannelID("a", test.id)
		if call != test.call || ok != (test.call != 0) {
			t.Errorf("ParseChannelID(%q): %d, %v; want %d", test.id, call, ok, test.call)
		}
	}
}

func of(plan []line, context, extension string) []line {
	return slices.DeleteFunc(slices.Clone(plan), func(l line) bool {
		return l.context != context || l.extension != extension
	})
}
