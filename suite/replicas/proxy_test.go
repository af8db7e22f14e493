package replicas

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"
)

// proxy carries the connections of one replica to one place, until it is cut.
type proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	away  bool
	stall bool // what is connected stays so, and nothing comes through
	deaf  bool // sockets are refused: only what is asked comes through
	open  map[net.Conn]struct{}
	group sync.WaitGroup
	moved *sync.Cond
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: to, open: map[net.Conn]struct{}{}}
	p.moved = sync.NewCond(&p.mu)
	p.group.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.cut(false)
		p.group.Wait()
	})
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// cut ends every connection and takes no more; silently, with stall, as when a cable is
// pulled: nobody is told, and what was under way never arrives.
func (p *proxy) cut(stall bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away, p.stall = true, stall
	if !stall {
		p.drop()
	}
	p.moved.Broadcast()
}

// deafen ends every connection and lets no WebSocket through any more: the replica can ask
// Slack, and Slack cannot tell it anything.
func (p *proxy) deafen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = true
	p.drop()
	p.moved.Broadcast()
}

// hears reports whether a connection that begins so may go on.
func (p *proxy) hears(first []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.deaf || !bytes.Contains(bytes.ToLower(first), []byte("upgrade: websocket"))
}

// mend lets connections through again; those from before are gone.
func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop()
	p.away, p.stall = false, false
	p.moved.Broadcast()
}

func (p *proxy) drop() {
	for c := range p.open {
		_ = c.Close()
	}
	clear(p.open)
}

// passes waits while nothing comes through, and reports whether the connection still lives.
func (p *proxy) passes(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if _, lives := p.open[c]; !lives {
			return false
		}
		if !p.away {
			return true
		}
		p.moved.Wait()
	}
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refused := p.away && !p.stall
		if !refused {
			p.open[c] = struct{}{}
		}
		p.mu.Unlock()
		if refused {
			_ = c.Close()
			continue
		}
		p.group.Go(func() { p.carry(c) })
	}
}

func (p *proxy) carry(c net.Conn) {
	defer p.close(c)
	if !p.passes(c) {
		return
	}
	up, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.to)
	if err != nil {
		return
	}
	p.mu.Lock()
	if _, lives := p.open[c]; !lives {
		p.mu.Unlock()
		_ = up.Close()
		return
	}
	p.open[up] = struct{}{}
	p.mu.Unlock()
	defer p.close(up)
	var group sync.WaitGroup
	group.Go(func() { p.copy(up, c); p.close(up) })
	p.copy(c, up)
	p.close(c)
	group.Wait()
}

func (p *proxy) close(c net.Conn) {
	p.mu.Lock()
	delete(p.open, c)
	p.moved.Broadcast()
	p.mu.Unlock()
	_ = c.Close()
}

// copy carries one direction until either side ends or the proxy is cut.
func (p *proxy) copy(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !p.passes(from) || !p.hears(buf[:n]) {
				return
			}
			if _, werr := to.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
