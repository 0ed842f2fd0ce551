package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dialerd/store"
)

// TestDiskTroubles is one daemon under load through one trouble with its disk after the other: the full disk
// of case 60, a lock of another program, a disk that refuses to write, a file that is moved away. Each time
// dialing stops, the dialplan is answered, what is wrong is said, nothing is acknowledged, and when it is
// mended the daemon goes on by itself. At the end nothing is missing and there was no burst.
func TestDiskTroubles(t *testing.T) {
	if testing.Short() {
		notRun(t, "it takes most of a minute, and -short was given")
	}
	t.Parallel() // most of it is waiting
	o := openOffice(t)
	backupUnderLoad(t, o)
	t.Log("full")
	o.trouble(o.disk.fill, o.disk.makeRoom, "database or disk is full", "make room on its disk")
	t.Log("locked")
	o.trouble(lockedBy(t, o.database()))
	t.Log("moved away")
	o.trouble(func() { mustRename(t, o.database(), o.database()+".away") }, func() { mustRename(t, o.database()+".away", o.database()) },
		"was removed or moved away while it is in use", "move the file back", "restore the last backup")
	if o.disk.ext4 != "" {
		t.Log("write-protected")
		o.trouble(func() { o.disk.must("chattr", "+i", o.database()+"-wal") }, func() { o.disk.must("chattr", "-i", o.database()+"-wal") },
			"disk I/O error: operation not permitted")
	} else {
		leftOut(t, "a write-protected log takes a loop device with ext4, and only tmpfs is to be had here")
	}
	o.close()
}

// lockedBy is a person who has a sqlite3 shell open with a transaction in it.
func lockedBy(t *testing.T, path string) (hold, release func(), says string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path+"?_txlock=exclusive&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	var tx *sql.Tx
	hold = func() {
		if tx, err = db.Begin(); err != nil {
			t.Fatal(err)
		}
	}
	release = func() {
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
	return hold, release, "another program holds it"
}

func mustRename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// backupUnderLoad: a backup of a daemon at work is whole, and the daemon at work goes on.
func backupUnderLoad(t *testing.T, o *office) {
	t.Helper()
	to := filepath.Join(o.p.dir, "saved.db")
	var out, errs bytes.Buffer
	if code := execute(context.Background(), []string{"backup", to, "-c", o.p.dir}, &out, &errs); code != exitDone {
		t.Fatalf("backup ended with %d: %s%s", code, out.String(), errs.String())
	}
	t.Log(strings.TrimSpace(out.String()))
	db, err := store.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if v, err := store.Verify(context.Background(), to, true); err != nil || len(v.Findings) > 0 || v.Leads != 4000 || v.Attempts == 0 {
		t.Errorf("the backup is %+v, %v", v, err)
	}
	o.working("after a backup")
	out.Reset()
	if code := execute(context.Background(), []string{"check", "-c", o.p.dir}, &out, &errs); code != exitDone {
		t.Errorf("check beside the daemon ended with %d: %s%s", code, out.String(), errs.String())
	}
}

// TestDiskBecomesReadOnly: the kernel has found a fault of the file system and lets nobody write any more. The
// daemon says so. It cannot go on before the administrator has repaired it; then nothing is missing.
func TestDiskBecomesReadOnly(t *testing.T) {
	if testing.Short() {
		notRun(t, "it takes its time, and -short was given")
	}
	t.Parallel()
	o := openOffice(t)
	if o.disk.ext4 == "" {
		notRun(t, "this machine has no loop device, and nothing else can be broken")
	}
	o.disk.breakDown()
	s := o.inTrouble("read-only file system", "cannot be written any more", "dmesg")
	o.notAcknowledged()
	o.p.signal(syscall.SIGKILL)
	<-o.p.ended
	o.disk.repair()
	o.p = startProcess(t, o.p.dir)
	o.working("after the repair")
	t.Log(s.Writer.Error)
	var out bytes.Buffer
	if code := execute(context.Background(), []string{"check", "--full", "-c", o.p.dir}, &out, &out); code != exitDone {
		t.Errorf("check ended with %d: %s", code, out.String())
	}
	rows := map[int64]bool{}
	for _, a := range attemptsIn(t, o.disk.dir) {
		rows[int64(a.ID)] = true
	}
	for _, id := range o.ids() {
		if !rows[id] {
			t.Errorf("call %d was made and has no row", id)
		}
	}
}

// refusedStarts are databases with which the daemon must not start, and what it has to say.
var refusedStarts = []struct {
	name string
	make func(t *testing.T, dir string)
	uid  uint32 // as whom the daemon runs
	says []string
}{
	{"no permission", func(*testing.T, string) {}, 65534, []string{"permission denied", "run as the user that owns", "chown"}},
	{"a file of another", func(t *testing.T, dir string) {
		mustDatabase(t, dir)
		mustDo(t, os.Chmod(dir, 0o777))
		mustDo(t, os.Remove(filepath.Join(dir, "dialerd.db.lock")))
		mustDo(t, os.Chmod(filepath.Join(dir, "dialerd.db"), 0o644))
	}, 65534, []string{"this user must be able to read and write it", "chown"}},
	{"read-only", func(t *testing.T, dir string) {
		mustDatabase(t, dir)
		if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
			notRun(t, "nothing can be mounted here: "+err.Error())
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		mustDo(t, syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	}, 0, []string{"read-only file system", "can be written"}},
	{"damaged", func(t *testing.T, dir string) {
		mustDatabase(t, dir)
		mustDo(t, os.Truncate(filepath.Join(dir, "dialerd.db"), 8192))
	}, 0, []string{"malformed", "the file is damaged", "restore the last backup"}},
	{"of a later dialerd", func(t *testing.T, dir string) {
		mustDatabase(t, dir)
		behindItsBack(t, filepath.Join(dir, "dialerd.db"), `PRAGMA user_version = 99`)
	}, 0, []string{"version 99", "install the dialerd that wrote it"}},
	{"not a database", func(t *testing.T, dir string) {
		mustDo(t, os.WriteFile(filepath.Join(dir, "dialerd.db"), bytes.Repeat([]byte("x"), 5000), 0o600))
	}, 0, []string{"file is not a database", "correct path in [store]"}},
	{"full", func(t *testing.T, dir string) {
		mustMount(t, dir)
		mustDatabase(t, dir)
		(&smallDisk{t: t, dir: dir}).fill()
	}, 0, []string{"make room on its disk"}},
	{"older, and no room for a copy", func(t *testing.T, dir string) {
		mustMount(t, dir)
		mustDatabase(t, dir)
		behindItsBack(t, filepath.Join(dir, "dialerd.db"), `DROP TABLE loans; PRAGMA user_version = 1`)
		(&smallDisk{t: t, dir: dir}).fill()
		mustDo(t, os.Truncate(filepath.Join(dir, "filler"), 2<<20)) // which leaves enough to look at it
	}, 0, []string{"dialerd.db.v1.part cannot be written: no space left on device", "make room there", "the file stays at version 1"}},
	{"locked", func(t *testing.T, dir string) {
		mustDatabase(t, dir)
		hold, _, _ := lockedBy(t, filepath.Join(dir, "dialerd.db"))
		hold()
	}, 0, []string{"database is locked", "another program holds it"}},
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustDatabase(t *testing.T, dir string) {
	t.Helper()
	db, err := store.Open(filepath.Join(dir, "dialerd.db"))
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, db.Close())
}

// mustMount puts a file system of three megabytes on a directory.
func mustMount(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		notRun(t, "nothing can be mounted here: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// TestRefusedStart: each of them ends at once with 1 and says where, what and what to do.
func TestRefusedStart(t *testing.T) {
	if os.Geteuid() != 0 {
		notRun(t, "it needs root, to have a user who is not")
	}
	path, err := program()
	mustDo(t, err)
	for _, c := range refusedStarts {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // one of them waits for the lock
			l := &lab{t: t, env: map[string]string{"AMI_ADDR": "127.0.0.1:1", "AMI_USER": "u", "AMI_SECRET": "s", "AGI_ADDR": "127.0.0.1:0"}}
			dir := l.config(clone(awayFiles))
			data := filepath.Join(dir, "data")
			mustDo(t, os.Mkdir(data, 0o755))
			(&office{t: t}).edit(dir)
			mustDo(t, filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error { return os.Chmod(name, 0o755) }))
			c.make(t, data)
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, path, "run", "-c", dir)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: c.uid, Gid: c.uid}}
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() != exitFailed {
				t.Errorf("it ended with %v", err)
			}
			for _, part := range append(c.says, filepath.Join(data, "dialerd.db")) {
				if !strings.Contains(string(out), part) {
					t.Errorf("%s\ndoes not say %q", out, part)
				}
			}
			t.Logf("%s", out)
		})
	}
}
