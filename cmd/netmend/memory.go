package main

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// limitMemory has the garbage collector see to it that the process takes no more
// than it does now and the given number of bytes, as far as it can: left to itself
// it lets garbage grow as large as what is in use.
func limitMemory(bytes int64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	debug.SetMemoryLimit(int64(m.Sys-m.HeapReleased) + bytes)
}

// peakMemory is the largest amount of memory, in bytes, that the process had in
// use so far: what the operating system says, or else what Go has from it.
func peakMemory() int64 {
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
