package dialplan

import (
	"strconv"
	"strings"
)

// ChannelID is the id that Asterisk is told to give the customer's channel of a call, and the value
// of VarID. The instance is dialerd.toml's; it keeps two dialers on one Asterisk apart.
func ChannelID(instance string, call int64) string {
	return prefix(instance) + strconv.FormatInt(call, 10)
}

// ParseChannelID is the call that a channel id belongs to; ok is false when it is not the customer's
// channel of a call of this instance.
func ParseChannelID(instance, id string) (call int64, ok bool) {
	number, ours := strings.CutPrefix(id, prefix(instance))
	if !ours {
		return 0, false
	}
	call, err := strconv.ParseInt(number, 10, 64)
	if err != nil || call <= 0 || ChannelID(instance, call) != id {
		return 0, false
	}
	return call, true
}

func prefix(instance string) string { return "d" + instance + "-" }
