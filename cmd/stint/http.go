package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"stint/access"
	"stint/access/fault"
)

// operators serves /healthz, /readyz and /metrics. It shows no names of people or accounts.
type operators struct {
	listener net.Listener
	server   *http.Server
}

func newOperators(ctx context.Context, listen string, registry *prometheus.Registry, checks func(context.Context) []access.Check) (*operators, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "cmd.newOperators", "The address "+listen+" cannot be listened on.", "Set STINT_LISTEN to a free one.")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		all := checks(r.Context())
		code := http.StatusOK
		for _, c := range all {
			if needed[c.Name] && !c.OK {
				code = http.StatusServiceUnavailable
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		_ = enc.Encode(all)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return &operators{l, &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second}}, nil
}

// needed are the checks without which a replica serves nobody. A clock that is off or a
// removal that is stuck is an alarm, but no reason to send people elsewhere.
var needed = map[string]bool{"Slack": true, "Catalog": true, "Policy": true, "Store": true}

func (o *operators) addr() string { return o.listener.Addr().String() }

// run serves until ctx ends.
func (o *operators) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		_ = o.server.Shutdown(bound)
	})
	defer stop()
	if err := o.server.Serve(o.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
