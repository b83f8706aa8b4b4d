package fuzz

import (
	"errors"
	"time"
)

// rest is how long the kernel is listened to after the last shot.
const rest = 5 * time.Millisecond

// play plays a plan and gives what came of it. The error says why nothing can be said of it.
func (b *bench) play(plan *Plan) (c *conn, err error) {
	c = &conn{pair: b.ports.pair(plan.IPv6), bench: b, plan: plan}
	c.ear.teller = b.site.Teller(plan.kernel())
	c.sight = sight{born: time.Now(), isn: plan.ISN, next: plan.ISN, tsBase: plan.TSBase, offers: plan.WScale}
	b.attach(c)
	defer func() {
		b.detach(c)
		err = errors.Join(err, c.release())
		b.forget(c)
	}()
	if err := c.reach(); err != nil {
		return c, err
	}
	for i := range plan.Shots {
		c.fire(i, &plan.Shots[i])
	}
	time.Sleep(rest)
	return c, b.catchUp()
}
