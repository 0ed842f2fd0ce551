package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"dialerd/dialer"
)

// A recording is lines of JSON. The first says who recorded; then comes every step in order, with
// its time, its event (none: a Tick), and the effects it had. A lead stands before the first step
// that touches it. What the file holds is enough to take the steps again.
//
//	{"version":"…","snapshot":{…}}
//	{"lead":{"ID":7,…}}
//	{"wall":"2026-11-22T15:04:05.123456789+03:00","mono":1234567,"event":"CallAnswered","value":{…},"effects":[…]}

// recordedHead is the first line.
type recordedHead struct {
	Version  string          `json:"version"`
	Snapshot dialer.Snapshot `json:"snapshot"` // what the Dialer was restored from
}

// recordedLine is any other: a lead, or a step.
type recordedLine struct {
	Lead    *dialer.Lead      `json:"lead,omitempty"`
	Wall    time.Time         `json:"wall,omitzero"`
	Mono    time.Duration     `json:"mono,omitempty"`
	Event   string            `json:"event,omitempty"`
	Value   json.RawMessage   `json:"value,omitempty"`
	Effects []json.RawMessage `json:"effects,omitempty"`
}

// recordedEffect is one effect; of a Record its row.
type recordedEffect struct {
	Effect string `json:"effect"`
	Seq    int64  `json:"seq,omitempty"`
	Value  any    `json:"value"`
}

// eventKinds are the events by name. TestEventKinds sees to it that none is missing.
var eventKinds = kindsOf(
	dialer.Configured{}, dialer.LeadsLoaded{}, dialer.NumbersLoaded{}, dialer.AttemptsLoaded{}, dialer.LinkUp{}, dialer.LinkDown{},
	dialer.LinkLag{}, dialer.MemberChanged{}, dialer.MemberRemoved{}, dialer.CallRinging{}, dialer.CallAnswered{}, dialer.DialEnded{},
	dialer.CallFailed{}, dialer.CallUnsent{}, dialer.CallEnded{}, dialer.CallerJoined{}, dialer.CallerLeft{}, dialer.AgentRinging{},
	dialer.AgentNoAnswer{}, dialer.CallConnected{}, dialer.CallCompleted{}, dialer.Asked{}, dialer.AnswerLost{}, dialer.Committed{},
	dialer.SwitchSet{}, dialer.Drain{}, dialer.SnapshotWanted{}, dialer.LoansLoaded{}, dialer.AgentsLoaded{},
	dialer.DNCLoaded{}, dialer.DNCChanged{}, dialer.LeadsMerged{}, dialer.BucketsLoading{}, dialer.LeadsEdited{}, dialer.FieldsFetched{}, dialer.Disposed{},
)

func kindsOf(events ...dialer.Event) map[string]reflect.Type {
	kinds := map[string]reflect.Type{}
	for _, e := range events {
		kinds[reflect.TypeOf(e).Name()] = reflect.TypeOf(e)
	}
	return kinds
}

// encodeStep is the line of a step. A nil event is a Tick.
func encodeStep(now dialer.Now, event dialer.Event, effects []dialer.Effect) (line recordedLine, err error) {
	line = recordedLine{Wall: now.Wall, Mono: now.Mono}
	if event != nil {
		line.Event = reflect.TypeOf(event).Name()
		if line.Value, err = json.Marshal(event); err != nil {
			return line, err
		}
	}
	for _, e := range effects {
		body, err := json.Marshal(effectOf(e))
		if err != nil {
			return line, err
		}
		line.Effects = append(line.Effects, body)
	}
	return line, nil
}

func effectOf(e dialer.Effect) recordedEffect {
	if r, ok := e.(dialer.Record); ok {
		return recordedEffect{Effect: reflect.TypeOf(r.Row).Name(), Seq: r.Seq, Value: r.Row}
	}
	return recordedEffect{Effect: reflect.TypeOf(e).Name(), Value: e}
}

// decodeEvent is the event of a line; nil for a Tick.
func (l recordedLine) decodeEvent() (dialer.Event, error) {
	if l.Event == "" {
		return nil, nil
	}
	kind, ok := eventKinds[l.Event]
	if !ok {
		return nil, fmt.Errorf("there is no event %q: the recording is of a newer dialerd", l.Event)
	}
	v := reflect.New(kind)
	if err := json.Unmarshal(l.Value, v.Interface()); err != nil {
		return nil, fmt.Errorf("%s: %w", l.Event, err)
	}
	return v.Elem().Interface().(dialer.Event), nil
}
