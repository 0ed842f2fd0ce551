package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/store"
)

// dncCommands is a morning with the list, told of in testdata/dnc/commands.golden.
var dncCommands = []string{
	"dnc show",
	"dnc show +79161234567",
	"dnc add +7(916)123-45-67 +7900123???? --why asked",
	"dnc add +79161234567 +79160000001",
	"dnc add +79160000001 --campaign spring",
	"dnc add +79160000001 --campaign sprung",
	"dnc add 8916 +7",
	"dnc add +79166666666 --json",
	"dnc show +79161234567",
	"dnc show +79001230000 --json",
	"dnc show +79163333333",
	"dnc show +79164444444",
	"dnc show +7916*",
	"dnc show",
	"dnc import refused.txt --campaign spring",
	"dnc import refused.txt --campaign spring --why again --json",
	"dnc import nothing.txt",
	"dnc import picture.png",
	"dnc import missing.txt",
	"dnc export",
	"dnc export --campaign spring --json",
	"dnc remove +79161234567 +79165555555",
	"dnc remove +79163333333",
	"dnc remove +79160000001 --campaign spring --json",
	"dnc show --json",
}

// TestDNCCommands gives the same with a daemon and without.
func TestDNCCommands(t *testing.T) {
	for _, running := range []bool{false, true} {
		t.Run(fmt.Sprintf("daemon=%v", running), func(t *testing.T) {
			t.Setenv("SUDO_USER", "ann")
			sh := newShell(t)
			if running {
				_, sh, _ = supervised(t, "127.0.0.1:1")
			}
			sh.write("dnc/own.txt", "\ufeff# ours\r\n+79163333333 # a neighbour\r\n+799*\r\n")
			sh.write("dnc/lists/partner.txt", "+79164444444\n+79161234567\n")
			sh.write("campaigns/spring.toml", strings.Replace(sh.read("campaigns/spring.toml"), "route ", "dnc        = [\"partner\"]\nroute ", 1))
			if running {
				if code, _, stderr := sh.run("reload"); code != 0 {
					t.Fatal(stderr)
				}
			} else {
				db, err := store.Open(filepath.Join(sh.dir, "dialerd.db"))
				if err != nil {
					t.Fatal(err)
				}
				db.Close()
			}
			sh.write("refused.txt", "# refused in March\n+79160000001\n\n+79160000002 # his son\n8 916 000-00-03\n+7999????*\n  +79160000002\n")
			sh.write("nothing.txt", "phone\n79161234567\n")
			sh.write("picture.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
			t.Chdir(sh.dir)
			compareGolden(t, filepath.Join(goldenDir, "dnc", "commands.golden"), dncStory(sh))
		})
	}
}

// goldenDir is testdata, for tests that go elsewhere.
var goldenDir = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

func dncStory(sh shell) string {
	times := regexp.MustCompile(`20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?Z)?`)
	var b strings.Builder
	for _, line := range dncCommands {
		code, stdout, stderr := sh.run(strings.Fields(line)...)
		text := times.ReplaceAllString(stdout+stderr, "NOW")
		fmt.Fprintf(&b, "$ dialerd %s\n%s[exit %d]\n\n", line, strings.ReplaceAll(text, ` in campaigns: did`, `: did`), code)
	}
	return b.String()
}

func (s shell) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// TestUnnamedListIsNoted: a list that no campaign names looks as if it kept people from being called.
func TestUnnamedListIsNoted(t *testing.T) {
	sh := newShell(t)
	sh.write("dnc/lists/partner.txt", "+79164444444\n")
	_, stdout, _ := sh.run("check", "--files")
	if !strings.Contains(stdout, `dnc/lists/partner.txt is without effect: no campaign says dnc = ["partner"]`) {
		t.Error(stdout)
	}
}

// TestDNCIsLoadedAtTheStart: what was added before a start holds after it, and can be taken off.
func TestDNCIsLoadedAtTheStart(t *testing.T) {
	d, sh, end := supervised(t, "127.0.0.1:1")
	if code, _, stderr := sh.run("dnc", "add", "+79161234567", "+7900*"); code != 0 {
		t.Fatal(stderr)
	}
	end()
	again, err := newDaemon(d.dir, "", d.log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- again.Run(ctx) }()
	code, stdout, _ := sh.run("dnc", "remove", "+79161234567", "+7900*", "+79165555555")
	if code != 0 || stdout != "2 taken off the list of all campaigns, 1 not on it\n" {
		t.Errorf("exit %d, %s", code, stdout)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestMergeReachesTheDialer: what an import changes of leads that are known counts at once.
func TestMergeReachesTheDialer(t *testing.T) {
	d, sh, _ := supervised(t, "127.0.0.1:1")
	list := filepath.Join(sh.dir, "list.csv")
	tell := func(text, want string) {
		t.Helper()
		sh.write("list.csv", text)
		code, stdout, stderr := sh.run("leads", "import", list, "--bucket", "elsewhere")
		if code != 0 || !strings.HasPrefix(stdout, want) {
			t.Fatalf("exit %d, %s%s", code, stdout, stderr)
		}
	}
	waiting := func() (n int) {
		if err := d.read(t.Context(), func(core *dialer.Dialer) { n = core.Status().Campaigns[0].Waiting }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	tell("id,phone\n1,+79161234501\n2,+79161234502\n3,+79161234503\n", "read=3 imported=3 merged=0 unchanged=0 ")
	if n := waiting(); n != 0 {
		t.Errorf("%d leads wait in other buckets", n)
	}
	tell("id,phone,bucket,name,plan\n1,+79161234501,web,,\n2,+79161234509,spring-2026,Bob,x\n3,+79161234503,elsewhere,,\n", "read=3 imported=0 merged=2 unchanged=1 ")
	if n := waiting(); n != 2 {
		t.Errorf("%d leads wait in the campaign's buckets, two were moved there", n)
	}
	tell("id,phone,name,plan\n2,+79161234509,Bob,x\n2,+79161234508,Bill,y\n1,+79161234509,,\n", "read=3 imported=0 merged=1 unchanged=1 duplicates=1 ")
	_, out, _ := sh.run("leads", "export", "--bucket", "spring-2026")
	if !strings.Contains(out, "2,+79161234509,Bob,") || strings.Contains(out, "Bill") {
		t.Error(out)
	}
}

// BenchmarkDNCImport puts numbers on the list while the daemon runs, by the command.
func BenchmarkDNCImport(b *testing.B) {
	chain := newDNCChain(b)
	defer chain.end()
	file := filepath.Join(chain.daemon.dir, "list.txt")
	first := 0
	for b.Loop() {
		var text strings.Builder
		for i := range *benchLeads {
			fmt.Fprintf(&text, "%s\n", phone.Number(79160000000+(first+i)*7919%1_000_000_000))
		}
		first += *benchLeads
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		var out strings.Builder
		if code := execute(b.Context(), []string{"-c", chain.daemon.dir, "dnc", "import", file}, &out, &out); code != 0 {
			b.Fatal(out.String())
		}
	}
	b.ReportMetric(float64(first)/b.Elapsed().Seconds(), "numbers/s")
}

// dncChain is a daemon without any Asterisk.
type dncChain struct {
	daemon *daemon
	end    func()
}

func newDNCChain(b *testing.B) dncChain {
	b.Helper()
	dir := benchDir(b)
	d, err := newDaemon(dir, "", zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	return dncChain{d, func() {
		d.Hurry()
		cancel()
		<-ended
	}}
}
