// Command dialerd is an outbound dialer that lives beside Asterisk: the daemon, and the commands
// that an administrator gives it.
//
//	dialerd check                 are the files in /etc/dialerd in order?
//	dialerd run                   the daemon, as systemd starts it
//	dialerd status                how is it doing?
//	dialerd leads import new.csv  whom to call
//
// Every command has --help with examples. A command ends with 0 only when it did all that it was
// asked for, with 2 when it was used wrongly, and with 1 otherwise.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the zones of leads must not depend on what the machine has installed
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
