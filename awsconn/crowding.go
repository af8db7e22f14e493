package awsconn

import "time"

// crowding is how many of the slots others seem to use: a refusal says how many of ours
// AWS takes at most, and each half minute without one gives one back. Two are always
// ours.
type crowding struct {
	others int
	since  time.Time // of the last refusal, or of the last slot given back
}

const (
	crowdEase = 30 * time.Second
	crowdLeft = 2
)

// leave is a refusal, while AWS works on so many of ours.
func (c *crowding) leave(now time.Time, total, ours int) {
	if others := total - max(ours, crowdLeft); others > c.others {
		c.others = others
	}
	c.since = now
}

// most is how many of total may be used now.
func (c *crowding) most(now time.Time, total int) int {
	if c.others > 0 {
		if n := int(now.Sub(c.since) / crowdEase); n > 0 {
			c.others = max(0, c.others-n)
			c.since = c.since.Add(time.Duration(n) * crowdEase)
		}
		c.others = min(c.others, max(0, total-crowdLeft))
	}
	return total - c.others
}
