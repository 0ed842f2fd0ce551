package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// configSecretMax bounds a password file: AMI takes no line above 1 KiB.
const configSecretMax = 512

// secret is the password of an AMI user, from the configuration or from a file of its own.
func (r *configReader) secret(at string, p configPBX) string {
	switch {
	case p.Secret != "" && p.SecretFile != "":
		r.check(at+"secret", "there is secret_file too: keep one of the two")
	case p.SecretFile != "":
		return r.secretFile(at+"secret_file", r.path(p.SecretFile))
	default:
		r.word(at+"secret", p.Secret, "is missing: name the file that holds the password of the AMI user, as in secret_file = \"ami.secret\"")
	}
	return p.Secret
}

// secretFile refuses a file that everybody on the box can read, since who knows the password can
// place calls.
func (r *configReader) secretFile(key, path string) string {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		r.check(key, "there is no %s: write the password of the AMI user into it, and chmod 640 it", path)
		return ""
	}
	if err != nil {
		r.check(key, "%s cannot be read: %v", path, configCause(err))
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, configSecretMax+1))
	if err != nil {
		r.check(key, "%s cannot be read: %v", path, configCause(err))
		return ""
	}
	secret := strings.TrimRight(string(data), "\r\n")
	info, err := f.Stat()
	switch {
	case err == nil && info.Mode().Perm()&0o007 != 0:
		r.check(key, "%s is open to everybody on this box (mode %04o): chmod 640 it", path, info.Mode().Perm())
	case secret == "":
		r.check(key, "%s is empty: write the password of the AMI user into it", path)
	case len(data) > configSecretMax:
		r.check(key, "%s is longer than %d bytes: it has to hold the password and nothing else", path, configSecretMax)
	default:
		r.word(key, secret, "")
	}
	return secret
}

// word refuses what is missing, and characters that would end a line of AMI and begin another.
func (r *configReader) word(key, s, missing string) {
	switch {
	case s == "":
		r.check(key, "%s", missing)
	case strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }):
		r.check(key, "has a control character, or more than one line: AMI takes none")
	}
}

// tls is how the PBX has to prove itself.
func (r *configReader) tls(at string, p configPBX, host string) *tls.Config {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if p.ServerName != "" {
		c.ServerName = p.ServerName
	}
	if p.CAFile == "" {
		return c // of the system's authorities
	}
	path := r.path(p.CAFile)
	data, err := os.ReadFile(path)
	if err != nil {
		r.check(at+"ca_file", "%s cannot be read: %v", path, configCause(err))
		return c
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(data) {
		r.check(at+"ca_file", "%s holds no certificate: it has to be in PEM, -----BEGIN CERTIFICATE-----", path)
	}
	return c
}
