package awsconn

import "time"

// pace is the part of a quota that is used. The quotas are shared with every other tool
// of the organization, and AWS tells how much those take only by refusing. A refusal
// lowers the pace by a third, at most once a second since refusals come in bursts; then it
// rises by a hundredth of the whole a second, so that where others keep taking their part
// less than one call in a hundred is refused.
type pace struct {
	from  float64   // at the last refusal; 0: there was none
	since time.Time // of the last refusal
}

const (
	paceCut  = 0.67
	paceRise = 0.01 // a second
	paceMin  = 0.1
)

// now is the pace, 1 being the whole quota.
func (p *pace) now(now time.Time) float64 {
	if p.from == 0 {
		return 1
	}
	f := p.from + paceRise*max(0, now.Sub(p.since).Seconds())
	if f >= 1 {
		p.from = 0
		return 1
	}
	return f
}

// slow is a refusal.
func (p *pace) slow(now time.Time) {
	if p.from != 0 && now.Sub(p.since) < time.Second {
		return
	}
	p.from, p.since = max(paceMin, p.now(now)*paceCut), now
}
