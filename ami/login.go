package ami

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/staskobzar/goami2"
)

// eventMask names the classes of events that are read here.
const eventMask = "system,call,agent"

// login goes from the banner to the accepted login, within the time that a connection may take.
func (s *session) login() error {
	s.conn.SetDeadline(time.Now().Add(s.cfg.ConnectTimeout))
	defer s.conn.SetDeadline(time.Time{})
	if err := s.banner(); err != nil {
		return err
	}
	d := newDraft("Login", "login")
	d.add("Username", s.cfg.User)
	if s.cfg.PlainLogin {
		d.add("Secret", s.cfg.Secret)
	} else {
		challenge, err := s.challenge()
		if err != nil {
			return err
		}
		sum := md5.Sum([]byte(challenge + s.cfg.Secret))
		d.add("AuthType", "MD5")
		d.add("Key", hex.EncodeToString(sum[:]))
	}
	d.add("Events", eventMask)
	answer, err := s.ask(d)
	switch {
	case err != nil:
		return err
	case answer.IsSuccess():
		return nil
	case refusal(answer) == "Authentication failed":
		return needsPerson{fmt.Sprintf("Asterisk at %s refuses manager user %s: check the secret, permit and deny of [%s] in manager.conf",
			s.cfg.Address, s.cfg.User, s.cfg.User)}
	}
	return fmt.Errorf("login refused: %s", refusal(answer))
}

func (s *session) banner() error {
	line := s.in.line()
	for line == nil {
		if err := s.in.fill(); err != nil {
			return broken("no AMI at "+s.cfg.Address, err)
		}
		line = s.in.line()
	}
	if !strings.HasPrefix(string(line), "Asterisk Call Manager/") {
		return needsPerson{fmt.Sprintf("no AMI at %s: it greets with %.60q: check the address", s.cfg.Address, line)}
	}
	return nil
}

func (s *session) challenge() (string, error) {
	d := newDraft("Challenge", "challenge")
	d.add("AuthType", "MD5")
	answer, err := s.ask(d)
	if err != nil {
		return "", err
	}
	if !answer.IsSuccess() || answer.Field("Challenge") == "" {
		return "", fmt.Errorf("login refused: %s", refusal(answer))
	}
	return answer.Field("Challenge"), nil
}

// ask writes an action and reads its response, before the reader and the writer have begun. What
// follows the response stays to be read.
func (s *session) ask(d *draft) (*goami2.Message, error) {
	if d.err != nil {
		return nil, needsPerson{d.err.Error()}
	}
	if _, err := s.conn.Write(d.message.Byte()); err != nil {
		return nil, broken(d.name, err)
	}
	for {
		for message := s.in.next(); message != nil; message = s.in.next() {
			if eventName(message) == nil {
				return parse(message), nil
			}
		}
		if err := s.in.fill(); err != nil {
			return nil, broken(d.name, err)
		}
	}
}
