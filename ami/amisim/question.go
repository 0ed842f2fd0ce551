package amisim

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
	"dialerd/dialplan"
)

// guard is how long [dialerd-ask] waits for an answer.
const guard = 500 * time.Millisecond

// asking is one AGI() under way.
type asking struct {
	call   dialer.CallID
	cancel context.CancelFunc // the caller has hung up
}

// ask has the dialplan's AGI() run beside everything else. What came of it is the World's to judge:
// it has gone on without when it took too long.
func (s *Server) ask(q pbx.Question) {
	within := time.Duration(float64(guard) / s.cfg.Speed)
	ctx, cancel := context.WithTimeout(s.ctx, within)
	s.asking[q.Ask] = &asking{call: q.Call, cancel: cancel}
	channel, _ := s.world.Channel(q.Call)
	environment := s.environment(q, channel)
	s.running.Go(func() {
		defer cancel()
		variables, err := converse(ctx, s.agi, environment)
		s.request(func() {
			delete(s.asking, q.Ask)
			switch answer, ok := judge(variables); {
			case ok:
				_ = s.world.Answer(q.Ask, answer) // too late is the World's to know
			case err != nil:
				s.world.Unheard(q.Ask)
			default:
				_ = s.world.Answer(q.Ask, dialer.Answer{})
			}
		})
	})
}

// environment is the block that opens a session, as 22 sends it.
func (s *Server) environment(q pbx.Question, c pbx.Channel) string {
	id := s.uniqueid(pbx.Party{Call: q.Call, Channel: c.Channel})
	technology, _, _ := strings.Cut(c.Channel, "/")
	script := q.What.String()
	var b strings.Builder
	for _, line := range [][2]string{{"network", "yes"}, {"network_script", script}, {"request", "agi://" + s.agi + "/" + script},
		{"channel", c.Channel}, {"language", "en"}, {"type", technology}, {"uniqueid", id}, {"version", s.release().version},
		{"callerid", s.callerID(q.Call)}, {"calleridname", "unknown"}, {"callingpres", "0"}, {"callingani2", "0"}, {"callington", "0"},
		{"callingtns", "0"}, {"dnid", "unknown"}, {"rdnis", "unknown"}, {"context", "dialerd-ask"}, {"extension", "s"}, {"priority", "9"},
		{"enhanced", "0.0"}, {"accountcode", ""}, {"threadid", "140049212405440"}, {"arg_1", id}, {"arg_2", q.Verdict}} {
		fmt.Fprintf(&b, "agi_%s: %s\n", line[0], line[1])
	}
	return b.String() + "\n"
}

// converse is one AGI(): it says the environment and answers commands until the server closes.
// A caller who hangs up meanwhile ends it, as AGIEXITONHANGUP=yes does.
func converse(ctx context.Context, address, environment string) (variables map[string]string, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() {
		conn.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		_, _ = conn.Write([]byte("HANGUP\n")) // a server that has gone need not know
		conn.Close()
	})
	defer stop()
	if _, err := conn.Write([]byte(environment)); err != nil {
		return nil, err
	}
	variables = map[string]string{}
	in := bufio.NewReaderSize(conn, 4<<10)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil { // the end of a session, good or bad: DIALER_OK tells
			return variables, nil
		}
		reply := "510 Invalid or unknown command\n"
		if name, value, ok := setVariable(string(line)); ok {
			variables[name] = value
			reply = "200 result=1\n"
		}
		if _, err := conn.Write([]byte(reply)); err != nil {
			return variables, nil
		}
	}
}

// setVariable reads SET VARIABLE "name" "value".
func setVariable(line string) (name, value string, ok bool) {
	words := split(strings.TrimRight(line, "\r\n"))
	if len(words) != 4 || words[0] != "SET" || words[1] != "VARIABLE" {
		return "", "", false
	}
	return words[2], words[3], true
}

// split splits a command as AGI does: blanks separate, quotes hold together and may be empty, a
// backslash takes the next character as it is.
func split(line string) (words []string) {
	var word strings.Builder
	begun, quoted, escaped := false, false, false
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, c := range []byte(line) {
		switch {
		case escaped:
			word.WriteByte(c)
			escaped = false
		case c == '\\':
			escaped, begun = true, true
		case c == '"':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			end()
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	end()
	return words
}

// judge is the answer that the variables give; ok is false for less than a whole one.
func judge(variables map[string]string) (a dialer.Answer, ok bool) {
	if variables[dialplan.VarOK] != "1" || a.Action.UnmarshalText([]byte(variables[dialplan.VarAction])) != nil {
		return a, false
	}
	a.OK = true
	a.Queue, a.Message, a.Campaign = variables[dialplan.VarQueue], variables[dialplan.VarMessage], variables[dialplan.VarCampaign]
	a.Priority, _ = strconv.Atoi(variables[dialplan.VarPriority]) // the dialplan too takes what is no number for 0
	within, _ := strconv.ParseFloat(variables[dialplan.VarWithin], 64)
	a.Within = time.Duration(within * float64(time.Second))
	return a, true
}
