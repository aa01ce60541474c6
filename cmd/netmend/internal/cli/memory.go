package cli

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/netmend/netmend/internal/within"
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

// Room below a limit on memory: work may take what is left beside it, for the process
// grows by that much between two looks, a few of which may come late. The room is a
// share of large limits, and what a processor fills in some milliseconds of others.
const (
	room      = 12 << 20
	roomShare = 50 // a fiftieth
	roomOfAll = 6  // but at most a sixth
)

// usable is the part of a limit that work may take.
func usable(limit int64) int64 { return limit - max(limit/roomShare, min(room, limit/roomOfAll)) }

// limitFor is the smallest limit whose usable part is at least that.
func limitFor(usable int64) int64 {
	return 1 + max(usable+usable/(roomShare-1), min(usable+room, usable+usable/(roomOfAll-1)))
}

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
	most := usable(limit)
	collected := usable(most) // where garbage is given back, whatever it takes
	debug.SetMemoryLimit(max(collected/10*9-beside, 1))
	ended := make(chan struct{})
	go func() {
		ticker := time.NewTicker(memoryLook)
		defer ticker.Stop()
		free := make(chan struct{}, 1)
		told := false
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
			}
			taken := residentMemory()
			if taken > collected && !told {
				select {
				case free <- struct{}{}:
					// Not here: collecting takes time, in which more is taken.
					go func() { debug.FreeOSMemory(); <-free }()
				default:
				}
			}
			if taken > most && !told {
				told = true
				over()
			}
			if told && taken > (most+limit)/2 {
				close(inv.urgent)
				return
			}
		}
	}()
	return sync.OnceFunc(func() { close(ended); debug.SetMemoryLimit(math.MaxInt64) })
}

// leastWork is what the smallest work needs beside the program.
const leastWork = 4 << 20

// tooLittle is a limit on memory that does not suffice.
type tooLittle struct {
	limit memoryFlag
	what  string
	floor int64 // the smallest that does
}

// Error names whole megabytes, and a little more: no two runs take the same.
func (e *tooLittle) Error() string {
	const mega, share = 1_000_000, 16
	return fmt.Sprintf("--memory %s does not suffice for %s: give at least %dMB", e.limit.text(), e.what, (e.floor+e.floor/share)/mega+2)
}

func (e *tooLittle) Is(target error) bool { return target == within.ErrMemory }

// Needs refuses --memory, before work that would take that many bytes beside what is
// taken already.
func (inv *Invocation) Needs(bytes int64, what string) error {
	limit := inv.Limits.Memory
	most := usable(int64(limit))
	if limit == 0 || residentMemory()+bytes <= most {
		return nil
	}
	debug.FreeOSMemory()
	if want := residentMemory() + bytes; want > most {
		return &tooLittle{limit, what, limitFor(want)}
	}
	return nil
}

// MemoryLeft is how much memory the run may take beside what it has; 0 if there is
// no limit.
func (inv *Invocation) MemoryLeft() int64 {
	if inv.Limits.Memory == 0 {
		return 0
	}
	return max(usable(int64(inv.Limits.Memory))-residentMemory(), 1)
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
