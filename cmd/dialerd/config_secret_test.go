package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
)

const configSecretMain = `instance = "a"
[[pbx]]
name = "main"
address = "pbx.example:5039"
user = "dialerd"
secret_file = "ami.secret"
`

func TestConfigSecretFile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		want       string // of the fault; empty: the secret is "words words"
	}{
		{"with a newline", "words words\n", 0o640, ""},
		{"as Windows ends lines", "words words\r\n", 0o600, ""},
		{"without", "words words", 0o400, ""},
		{"for everybody", "words words\n", 0o644, "is open to everybody on this box (mode 0644): chmod 640 it"},
		{"empty", "\n", 0o600, "is empty"},
		{"two lines", "words\nwords\n", 0o600, "has a control character, or more than one line"},
		{"another file", strings.Repeat("words ", 200), 0o600, "is longer than 512 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := configBase(t, "dialerd.toml", configSecretMain, "ami.secret", c.text, "agents.toml", "")
			if err := os.Chmod(filepath.Join(dir, "ami.secret"), c.mode); err != nil {
				t.Fatal(err)
			}
			s, faults := readConfig(dir)
			switch {
			case c.want == "" && (len(faults) > 0 || s.PBXs[0].Secret != "words words"):
				t.Errorf("faults:\n%s", faults)
			case c.want != "" && (len(faults) != 1 || !strings.Contains(faults[0].Text, c.want) || faults[0].Line != 6):
				t.Errorf("got:\n%swant one fault with %q", faults, c.want)
			}
		})
	}
}

// TestConfigSecretIsNotShown: whatever is wrong with the line of the password, it is not printed.
func TestConfigSecretIsNotShown(t *testing.T) {
	for _, line := range []string{`secret = hunter2`, `secret = "hunter2`, `secret: hunter2`, `secret = 'hunter2"`,
		`secret = ["hunter2"]`, `secret = { hunter2 = 1 }`, `Secret = "hunter2"`, "secret = \"hunter2\"\nsecret = \"hunter2\""} {
		text := strings.Replace(configSecretMain, `secret_file = "ami.secret"`, line, 1)
		_, faults := readConfig(configBase(t, "dialerd.toml", text, "agents.toml", ""))
		if len(faults) == 0 || strings.Contains(faults.String(), "hunter2") {
			t.Errorf("%s: faults:\n%s", line, faults)
		}
	}
}

func TestConfigTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	text := configSecretMain + "tls = true\nca_file = \"ca.pem\"\n"
	for _, c := range []struct{ more, name string }{{"", "pbx.example"}, {"server_name = \"other.example\"\n", "other.example"}} {
		s, faults := readConfig(configBase(t, "dialerd.toml", text+c.more, "ami.secret", "x", "ca.pem", ca, "agents.toml", ""))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if tls := s.PBXs[0].TLS; tls == nil || tls.ServerName != c.name || tls.RootCAs == nil {
			t.Errorf("TLS %+v, want the name %s", tls, c.name)
		}
	}
}
