package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dialerd/dialer"
)

func TestDisposition(t *testing.T) {
	var told []string
	path, _ := start(t, Daemon{Dispose: func(_ context.Context, call dialer.CallID, word string) error {
		if word == "sael" {
			return errors.New(`campaign "spring" has no disposition "sael": did you mean "sale"?`)
		}
		told = append(told, fmt.Sprint(call, " ", word))
		return nil
	}})
	c := NewClient(path)
	defer c.Close()
	if err := c.Dispose(t.Context(), 1007, "sale"); err != nil {
		t.Error(err)
	}
	refused := (*Error)(nil)
	if err := c.Dispose(t.Context(), 1007, "sael"); !errors.As(err, &refused) || refused.Code != http.StatusConflict || !strings.Contains(refused.Text, `did you mean "sale"`) {
		t.Errorf("a word that there is not: %v", err)
	}
	for _, x := range []struct {
		url, body string
		code      int
		text      string
	}{
		{"/v1/calls/x/disposition", `{"disposition":"sale"}`, 404, "not the id of a call"},
		{"/v1/calls/-1/disposition", `{"disposition":"sale"}`, 404, "not the id of a call"},
		{"/v1/calls/7/disposition", `{}`, 400, "which disposition?"},
		{"/v1/calls/7/disposition", `{"word":"sale"}`, 400, `unknown field "word"`},
		{"/v1/calls/7/disposition", ``, 400, "no JSON object"},
	} {
		if status, answer := ask(t, path, "POST", x.url, x.body); status != x.code || !strings.Contains(answer, strings.ReplaceAll(x.text, `"`, `\"`)) {
			t.Errorf("%s %s: %d %s", x.url, x.body, status, answer)
		}
	}
	if len(told) != 1 || told[0] != "1007 sale" {
		t.Errorf("the daemon was told %q", told)
	}
}
