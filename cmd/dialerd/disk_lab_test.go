package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dialerd/ami/amisim"
	"dialerd/api"
	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// smallDisk is a file system of its own, of some megabytes.
type smallDisk struct {
	t    *testing.T
	dir  string
	ext4 string // the image it is in; empty: it is a tmpfs
}

// newSmallDisk mounts one, on a loop device if this machine allows it, else in memory. Where neither goes
// the test is not run.
func newSmallDisk(t *testing.T, dir string) *smallDisk {
	t.Helper()
	d := &smallDisk{t: t, dir: dir, ext4: dir + ".img"}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }) // if it is still there
	err := os.WriteFile(d.ext4, nil, 0o600)
	if err == nil {
		err = os.Truncate(d.ext4, 16<<20)
	}
	for _, command := range [][]string{{"mkfs.ext4", "-q", "-m", "0", d.ext4}, {"mount", "-o", "loop", d.ext4, dir}} {
		if err == nil {
			err = exec.Command(command[0], command[1:]...).Run()
		}
	}
	if err == nil {
		return d
	}
	d.ext4 = ""
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m,mode=0700"); err != nil {
		notRun(t, fmt.Sprintf("no file system can be mounted here: %v", err))
	}
	return d
}

// fill leaves no byte free.
func (d *smallDisk) fill() {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.dir, "filler"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatalf("the disk cannot be filled: %v", err)
	}
}

func (d *smallDisk) makeRoom() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "filler")); err != nil {
		d.t.Fatal(err)
	}
}

// breakDown has the kernel make the file system read-only, as it does when the disk fails.
func (d *smallDisk) breakDown() {
	d.t.Helper()
	d.must("mount", "-o", "remount,abort", d.dir)
}

// repair is what an administrator does then, on a copy of the image: as long as anybody on this machine still
// holds the mount (a copy of its table of mounts is enough), the old image would be mounted again as it was,
// broken down. Nobody must use it.
func (d *smallDisk) repair() {
	d.t.Helper()
	d.must("umount", d.dir)
	d.must("cp", "--sparse=always", d.ext4, d.ext4+".copy")
	d.ext4 += ".copy"
	if out, err := exec.Command("e2fsck", "-fy", d.ext4).CombinedOutput(); err != nil && !strings.Contains(err.Error(), "exit status 1") { // it has corrected something
		d.t.Fatalf("e2fsck: %v\n%s", err, out)
	}
	d.must("mount", "-o", "loop", d.ext4, d.dir)
}

func (d *smallDisk) must(command ...string) {
	d.t.Helper()
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		d.t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
}

// office is a daemon under load on a simulated Asterisk, with its database on a disk of its own.
type office struct {
	t    *testing.T
	sim  *amisim.Server
	disk *smallDisk
	p    *process
}

// officeOperators is how many operators there are; each takes a call of one second now and then.
const officeOperators = 36

func openOffice(t *testing.T) *office {
	t.Helper()
	world := pbx.Config{Seed: 1, Script: labCustomer, Queues: []pbx.Queue{{Name: "sales", Ring: 15 * time.Second}}, Trunks: []pbx.Trunk{{Name: "lab-customers", Local: true}}}
	for i := range officeOperators {
		world.Operators = append(world.Operators, labOperator(fmt.Sprintf("Local/talk10_%02d@lab-operators/n", i), fmt.Sprintf("anna%d", i)))
	}
	const user, secret = "dialer", "simulated"
	server, err := amisim.New(amisim.Config{World: world, Instance: "t", User: user, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	address, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	agi := fmt.Sprintf("127.0.0.1:%d", freePorts(t))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, agi) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	l := &lab{t: t, env: map[string]string{"AMI_ADDR": address, "AMI_USER": user, "AMI_SECRET": secret, "AMI_TEST_USER": user, "AMI_TEST_SECRET": secret, "AGI_ADDR": agi}}
	dir := l.config(clone(awayFiles))
	o := &office{t: t, sim: server, disk: newSmallDisk(t, filepath.Join(dir, "data"))}
	o.edit(dir)
	m := l.manager()
	for _, w := range world.Operators {
		m.add("sales", w.Interface, w.Name)
	}
	o.p = startProcess(t, dir)
	o.p.importCSV("spring", officeLeads(4000))
	o.working("at first")
	return o
}

// edit puts the database on the small disk.
func (o *office) edit(dir string) {
	o.t.Helper()
	path := filepath.Join(dir, "dialerd.toml")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(text), `path = "dialerd.db"`, `path = "data/dialerd.db"`, 1)), 0o600)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// officeLeads are people who answer after a second and stay, and every third one a busy line.
func officeLeads(count int) string {
	rows := []string{"external_id,phone"}
	for i := range count {
		behaviour := "010"
		if i%3 == 0 {
			behaviour = "200"
		}
		rows = append(rows, fmt.Sprintf("x%d,+7900%s%04d", i, behaviour, i))
	}
	return strings.Join(rows, "\n") + "\n"
}

func (o *office) database() string { return filepath.Join(o.disk.dir, "dialerd.db") }

// working waits until a dozen more calls are made.
func (o *office) working(when string) {
	o.t.Helper()
	from := o.made()
	waitFor(o.t, time.Minute, "calls are made "+when, func() bool { return o.made() >= from+12 }, func() string { return fmt.Sprint(o.made()-from, " were") })
}

// made is how many calls Asterisk was asked for; answered, how many of them customers have answered.
func (o *office) made() (n int) {
	o.look(func(w *pbx.World) { n = len(w.Fates()) })
	return n
}

func (o *office) answered() (n int) {
	o.look(func(w *pbx.World) {
		for _, f := range w.Fates() {
			if f.Answered != 0 {
				n++
			}
		}
	})
	return n
}

func (o *office) look(at func(*pbx.World)) {
	o.t.Helper()
	if err := o.sim.Look(context.Background(), at); err != nil {
		o.t.Fatal(err)
	}
}

// trouble hurts the disk, sees that the daemon does what it has to, mends the disk, and sees that it goes on
// by itself. says is what the status has to say meanwhile.
func (o *office) trouble(hurt, mend func(), says ...string) {
	t := o.t
	t.Helper()
	answered := o.answered()
	began := time.Now()
	hurt()
	s := o.inTrouble(says...)
	noticed := time.Since(began)
	o.p.until("no telephone rings any more", func(s api.Status) bool { return calls(s, dialer.PhaseDialing) == 0 })
	made := o.made()
	o.notAcknowledged()
	pause(1500 * time.Millisecond) // in which a dozen calls would be made
	if more := o.made() - made; more > 0 {
		t.Errorf("%d calls were made while nothing can be written", more)
	}
	meanwhile := o.answered() - answered
	if meanwhile == 0 {
		t.Error("no customer answered meanwhile: nothing is shown of the answers to the dialplan")
	}
	mended := time.Now()
	mend()
	o.p.until("the disk is written again", func(s api.Status) bool { return s.Writer.Error == "" && s.Writer.Behind < 20 })
	took := time.Since(mended)
	o.working("after it was mended")
	t.Logf("%s in all; noticed after %s; %d records waited; %d customers answered meanwhile; written again %s after it was mended: %s",
		time.Since(began).Round(time.Millisecond), noticed.Round(time.Millisecond), s.Writer.Behind, meanwhile, took.Round(time.Millisecond), s.Writer.Error)
}

// inTrouble waits until the status says what is wrong.
func (o *office) inTrouble(says ...string) api.Status {
	o.t.Helper()
	s := o.p.until("the trouble is told", func(s api.Status) bool { return s.Writer.Error != "" })
	for _, part := range append(says, o.database()) {
		if !strings.Contains(s.Writer.Error, part) {
			o.t.Errorf("%s\ndoes not say %q", s.Writer.Error, part)
		}
	}
	return s
}

// notAcknowledged: a change that is not on disk is not said to be made.
func (o *office) notAcknowledged() {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := o.p.client.Switch(ctx, dialer.SwitchDepartment, "nobody", true); err == nil {
		o.t.Error("a switch of a department that is not there was acknowledged")
	}
	if err := o.p.client.Switch(ctx, dialer.SwitchCampaign, "spring", true); err == nil {
		o.t.Error("a switch was acknowledged while nothing could be written")
	}
}

// close ends the work and holds what the daemon wrote against what Asterisk knows: no call is without its
// row, none has another end, nobody went on without an answer of the daemon, and no second had more calls
// than are allowed.
func (o *office) close() {
	o.t.Helper()
	if err := o.p.client.Switch(context.Background(), dialer.SwitchCampaign, "spring", false); err != nil {
		o.t.Fatal(err)
	}
	o.p.until("the last call is over", func(s api.Status) bool { return len(s.Calls) == 0 })
	endDaemon(o.t, o.p)
	o.look(func(w *pbx.World) {
		if v := compare(attemptsIn(o.t, o.disk.dir), w.Fates()); len(v.faults) > 0 || v.calls == 0 {
			o.t.Errorf("of %d calls: %q", v.calls, v.faults)
		}
		answered(o.t, w)
		most := 0
		fates := w.Fates()
		for first, last := 0, 0; last < len(fates); last++ {
			for fates[last].Originated-fates[first].Originated >= time.Second {
				first++
			}
			most = max(most, last-first+1)
		}
		if most > labCPS+1 { // the one is for the far end's clock
			o.t.Errorf("%d calls were made within a second, %d are allowed", most, labCPS)
		}
		o.t.Logf("%d calls in all, %d in the busiest second", len(fates), most)
	})
}

// ids are the calls that Asterisk was asked for.
func (o *office) ids() (ids []int64) {
	o.look(func(w *pbx.World) {
		for _, f := range w.Fates() {
			ids = append(ids, int64(f.Call))
		}
	})
	return ids
}
