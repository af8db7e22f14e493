package ticket

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// transport connects to public addresses only, unless private is set. It looks at the
// address that is connected to, after names were resolved, and uses no proxy, which would
// resolve them elsewhere.
func transport(private bool) http.RoundTripper {
	dialer := &net.Dialer{Timeout: Timeout, KeepAlive: 30 * time.Second}
	if !private {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("%s is no address: %w", address, err)
			}
			if !public(at.Addr()) {
				return fmt.Errorf("%s is not a public address; set STINT_TICKET_PRIVATE if the service is meant to be there", at.Addr())
			}
			return nil
		}
	}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: Timeout, ResponseHeaderTimeout: Timeout,
		MaxIdleConns: 4, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: maxAnswer, ForceAttemptHTTP2: true,
	}
}

// reserved are ranges that are not public besides those that netip knows by name.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // RFC 791: this network
	netip.MustParsePrefix("100.64.0.0/10"),   // RFC 6598: carriers
	netip.MustParsePrefix("192.0.0.0/24"),    // RFC 6890
	netip.MustParsePrefix("192.0.2.0/24"),    // RFC 5737: documentation
	netip.MustParsePrefix("198.18.0.0/15"),   // RFC 2544: benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // RFC 5737
	netip.MustParsePrefix("203.0.113.0/24"),  // RFC 5737
	netip.MustParsePrefix("240.0.0.0/4"),     // RFC 1112: reserved, and broadcast
	netip.MustParsePrefix("64:ff9b::/96"),    // RFC 6052: IPv4 behind NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"),  // RFC 8215
	netip.MustParsePrefix("2001:db8::/32"),   // RFC 3849: documentation
	netip.MustParsePrefix("2002::/16"),       // RFC 3056: IPv4 within
	netip.MustParsePrefix("fec0::/10"),       // RFC 3879: site-local
}

// public reports whether an address is one of the internet's.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
