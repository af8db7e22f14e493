package slacksim

import (
	"maps"
	"time"
)

// Faults is everything that is wrong with Slack at the moment. The zero value is a healthy Slack. It encodes
// to JSON; durations are in nanoseconds.
type Faults struct {
	// Gone makes Slack unreachable: sockets are cut, and every connection is closed without an answer.
	Gone bool `json:"gone"`
	// RefuseSockets lets the Web API work but refuses every new socket.
	RefuseSockets bool `json:"refuse_sockets"`
	// IgnoreAcks treats every acknowledgement as lost.
	IgnoreAcks bool `json:"ignore_acks"`
	// Redeliver sends every envelope this many more times.
	Redeliver int `json:"redeliver"`
	// ExpireTriggers hands out trigger ids that have expired already.
	ExpireTriggers bool `json:"expire_triggers"`
	// Latency delays every answer of the Web API. It adds to the latency of a method.
	Latency time.Duration `json:"latency"`
	// Methods are faults of single Web API methods, by name ("views.open"); "*" hits every method.
	Methods map[string]MethodFault `json:"methods,omitempty"`
}

// MethodFault is what is wrong with one method. Of Status, RetryAfter and Error the first that is set decides.
type MethodFault struct {
	// Status answers with this HTTP status and an HTML page, as Slack's edge does when it is in trouble.
	Status int `json:"status,omitempty"`
	// RetryAfter answers 429 with this many seconds, rounded up, in Retry-After.
	RetryAfter time.Duration `json:"retry_after,omitempty"`
	// Error answers ok:false with this code.
	Error string `json:"error,omitempty"`
	// AfterEffect does the work first and then fails: the answer is lost, the effect is not.
	AfterEffect bool `json:"after_effect,omitempty"`
	// Latency delays the answer.
	Latency time.Duration `json:"latency,omitempty"`
	// Times is how many calls are hit; 0 means until cleared.
	Times int `json:"times,omitempty"`
}

// SetFaults replaces all faults. Gone also cuts the sockets that are open.
func (w *Workspace) SetFaults(f Faults) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f.Methods = maps.Clone(f.Methods)
	w.faults = f
	if f.Gone {
		for _, s := range w.sockets {
			s.drop()
		}
	}
	w.changes.bump()
}

// Faults returns the faults in force, with what is left of their Times.
func (w *Workspace) Faults() Faults {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.faults
	f.Methods = maps.Clone(f.Methods)
	return f
}

// ClearFaults makes Slack healthy again.
func (w *Workspace) ClearFaults() { w.SetFaults(Faults{}) }

// FailMethod sets the fault of one method and leaves the others as they are.
func (w *Workspace) FailMethod(method string, f MethodFault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.faults.Methods == nil {
		w.faults.Methods = map[string]MethodFault{}
	}
	w.faults.Methods[method] = f
	w.changes.bump()
}

// takeFault returns the fault that hits this call and counts it. It is called with w.mu held.
func (w *Workspace) takeFault(method string) MethodFault {
	for _, name := range []string{method, "*"} {
		f, ok := w.faults.Methods[name]
		if !ok {
			continue
		}
		if f.Times == 1 {
			delete(w.faults.Methods, name)
		} else if f.Times > 1 {
			f.Times--
			w.faults.Methods[name] = f
		}
		return f
	}
	return MethodFault{}
}

// fails says that the call gets no proper answer.
func (f MethodFault) fails() bool { return f.Status != 0 || f.RetryAfter > 0 || f.Error != "" }

// DropConnections cuts every socket without a closing frame, as a failing network does.
func (w *Workspace) DropConnections() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sockets {
		s.drop()
	}
}

// Reasons that Slack gives in a disconnect frame.
const (
	DisconnectWarning      = "warning"
	DisconnectRefresh      = "refresh_requested"
	DisconnectLinkDisabled = "link_disabled"
	DisconnectTooMany      = "too_many_websockets"
)

// Disconnect sends a disconnect frame with this reason on every socket. After a warning the sockets live on;
// after any other reason Slack deals them no more envelopes and closes them.
func (w *Workspace) Disconnect(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sockets {
		s.disconnect(reason)
	}
}

// ExpireTriggers expires every trigger id that is out.
func (w *Workspace) ExpireTriggers() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.triggers {
		t.expired = true
	}
}
