//go:build !unix

package stattest

import "time"

var began = time.Now()

// processor is the time since the program began, where there is no better measure.
func processor() float64 { return time.Since(began).Seconds() }
