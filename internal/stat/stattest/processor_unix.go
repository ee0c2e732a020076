//go:build unix

package stattest

import "syscall"

// processor is the processor time of this program so far, in seconds.
func processor() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // the call is that of every Unix and takes no input that could be wrong
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}
