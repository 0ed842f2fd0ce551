package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"dialerd/store"
)

// MaxImport is how many leads one request may carry.
const MaxImport = 5000

func (s *server) importLeads(w http.ResponseWriter, r *http.Request) {
	ctx, done := context.WithTimeout(r.Context(), changeTime)
	defer done()
	leads, err := readLeads(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	results, err := s.daemon.Import(ctx, leads)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	s.log.Debug().Int("leads", len(leads)).Msg("leads came over the api")
	answer(w, http.StatusOK, results)
}

func readLeads(body io.Reader) (leads []store.NewLead, err error) {
	in := json.NewDecoder(body)
	in.DisallowUnknownFields()
	if err := in.Decode(&leads); err != nil {
		return nil, fmt.Errorf("the body is no JSON array of leads: %w", err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON array of leads in the body")
	}
	if len(leads) > MaxImport {
		return nil, Errorf(http.StatusRequestEntityTooLarge, "%d leads are too many for one request: send at most %d at a time", len(leads), MaxImport)
	}
	return leads, checkZones(leads)
}

// checkZones refuses zones that there are not: such a lead would be called by the hours of its number.
func checkZones(leads []store.NewLead) error {
	known := map[string]bool{"": true}
	for i, l := range leads {
		if known[l.Zone] {
			continue
		}
		if _, err := time.LoadLocation(l.Zone); err != nil || l.Zone == "Local" {
			return fmt.Errorf("lead %d: %q is no time zone of the tz database: write it as Europe/Moscow", i+1, l.Zone)
		}
		known[l.Zone] = true
	}
	return nil
}

func (s *server) exportLeads(w http.ResponseWriter, r *http.Request) {
	f, ok := queryOf(w, r, anyCondition)
	if !ok {
		return
	}
	s.answerLines(w, func(line func(any) error) error {
		return s.daemon.Export(r.Context(), store.LeadFilter(f), func(l store.ExportedLead) error { return line(l) })
	})
}

// answerLines answers with JSON, one value a line, as write hands them over.
func (s *server) answerLines(w http.ResponseWriter, write func(line func(any) error) error) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := &patient{w: w, control: http.NewResponseController(w)}
	lines := bufio.NewWriterSize(out, 64<<10)
	err := write(json.NewEncoder(lines).Encode)
	if err == nil {
		err = lines.Flush()
	}
	s.endExport(w, out, err)
}

// endExport says what is wrong with an export, if anything is.
func (s *server) endExport(w http.ResponseWriter, out *patient, err error) {
	switch {
	case err == nil:
	case !out.begun:
		fail(w, http.StatusInternalServerError, err)
	default:
		// The status is out: only a broken connection can tell the client that lines are missing.
		s.log.Warn().Err(err).Msg("an export broke off")
		panic(http.ErrAbortHandler)
	}
}

// patient moves the deadline of the connection with every write: an export takes as long as it
// takes, a client that has stopped reading is given up.
type patient struct {
	w       io.Writer
	control *http.ResponseController
	begun   bool
}

// Write moves the deadline, then writes.
func (p *patient) Write(b []byte) (int, error) {
	p.begun = true
	if err := p.control.SetWriteDeadline(time.Now().Add(stallTime)); err != nil {
		return 0, err
	}
	return p.w.Write(b)
}
