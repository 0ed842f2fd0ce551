package pbx

import (
	"math"
	"time"
)

// chance is true for a share of the draws.
func (w *World) chance(share float64) bool { return share > 0 && w.rand.Float64() < share }

// between is a time drawn evenly.
func (w *World) between(from, to time.Duration) time.Duration {
	if to <= from {
		return from
	}
	return from + time.Duration(w.rand.Int64N(int64(to-from))).Truncate(time.Microsecond)
}

// lognormal is a time around a median, the way rings and talks are spread.
func (w *World) lognormal(median time.Duration, sigma float64) time.Duration {
	return time.Duration(float64(median) * math.Exp(sigma*w.rand.NormFloat64())).Truncate(time.Microsecond)
}

// exponential is a time around a mean, for what comes at any moment as likely as at any other.
func (w *World) exponential(mean time.Duration) time.Duration {
	return time.Duration(float64(mean) * w.rand.ExpFloat64()).Truncate(time.Microsecond)
}

// every is exponential for what happens so many times an hour; never, when that is 0.
func (w *World) every(perHour float64) (d time.Duration, ever bool) {
	if perHour <= 0 {
		return 0, false
	}
	return w.exponential(time.Duration(float64(time.Hour) / perHour)), true
}
