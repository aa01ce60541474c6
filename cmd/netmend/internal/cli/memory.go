package cli

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// LimitMemory has the garbage collector see to it that the process takes no more
// than it does now and the given number of bytes, as far as it can: left to itself
// it lets garbage grow as large as what is in use.
func LimitMemory(bytes int64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	debug.SetMemoryLimit(int64(m.Sys-m.HeapReleased) + bytes)
}

// memoryLook is how often the memory that the process takes is looked at where it is
// limited.
const memoryLook = 2 * time.Millisecond

// watchMemory has the garbage collector keep the process within --memory, as far as it
// can, and calls over where that does not suffice. It returns what ends it.
func (inv *Invocation) watchMemory(over func()) (stop func()) {
	limit := int64(inv.Limits.Memory)
	inv.urgent = make(chan struct{})
	if limit == 0 {
		return func() {}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	beside := max(0, residentMemory()-int64(m.Sys-m.HeapReleased)) // the program itself
	debug.SetMemoryLimit(max(limit*17/20-beside, 1))
	ended := make(chan struct{})
	go func() {
		ticker := time.NewTicker(memoryLook)
		defer ticker.Stop()
		told := false
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
			}
			taken := residentMemory()
			if taken <= limit*19/20 {
				continue
			}
			if !told {
				debug.FreeOSMemory()
				if taken = residentMemory(); taken > limit*18/20 {
					told = true
					over()
				}
			}
			if told && taken > limit {
				close(inv.urgent)
				return
			}
		}
	}()
	return sync.OnceFunc(func() { close(ended); debug.SetMemoryLimit(math.MaxInt64) })
}

// leastWork is what the smallest work needs beside the program.
const leastWork = 4 << 20

// belowFloor refuses a limit on memory, and names the smallest that would do.
func belowFloor(limit memoryFlag, what string, floor int64) error {
	const mega = 1_000_000
	return Usagef("--memory %s: %s takes more; give at least %dMB", limit.text(), what, (floor+mega-1)/mega)
}

// Needs refuses --memory, before work that would take that many bytes beside what is
// taken already.
func (inv *Invocation) Needs(bytes int64, what string) error {
	if limit := inv.Limits.Memory; limit > 0 {
		if floor := residentMemory() + bytes; floor > int64(limit) {
			return belowFloor(limit, what, floor)
		}
	}
	return nil
}

// MemoryLeft is how much memory the run may take beside what it has; 0 where there is
// no limit.
func (inv *Invocation) MemoryLeft() int64 {
	if inv.Limits.Memory == 0 {
		return 0
	}
	return max(int64(inv.Limits.Memory)-residentMemory(), 1)
}

// residentMemory is how much memory the process has in use, in bytes.
func residentMemory() int64 {
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := bytes.Fields(statm); len(f) > 1 {
			if pages, err := strconv.ParseInt(string(f[1]), 10, 64); err == nil {
				return pages * int64(os.Getpagesize())
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

// PeakMemory is the largest amount of memory, in bytes, that the process had in
// use so far: what the operating system says, or else what Go has from it.
func PeakMemory() int64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range bytes.Lines(status) {
			value, ok := bytes.CutPrefix(line, []byte("VmHWM:"))
			if !ok {
				continue
			}
			if f := bytes.Fields(value); len(f) == 2 && string(f[1]) == "kB" {
				if kB, err := strconv.ParseInt(string(f[0]), 10, 64); err == nil {
					return kB << 10
				}
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
