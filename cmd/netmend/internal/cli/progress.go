package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// How often progress is shown: on a terminal as one line that is rewritten,
// elsewhere (a log file) as a line from time to time.
const (
	quietFor         = time.Second
	terminalInterval = 100 * time.Millisecond
	logInterval      = 5 * time.Second
)

// progress reports on stderr how far work is that takes more than a second. Its
// zero value is silent; watch makes it speak.
type progress struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	start    time.Time
	last     time.Time
	shown    bool // a line is on the terminal
}

// Watch begins to report to w.
func (p *progress) Watch(w io.Writer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out, p.start = w, time.Now()
	f, ok := w.(*os.File)
	p.terminal = ok && term.IsTerminal(int(f.Fd()))
}

// Report shows a line, if it is time for one.
func (p *progress) Report(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	interval := logInterval
	if p.terminal {
		interval = terminalInterval
	}
	if p.out == nil || now.Sub(p.start) < quietFor || now.Sub(p.last) < interval {
		return
	}
	p.last = now
	line := fmt.Sprintf("%5.1f s  ", now.Sub(p.start).Seconds()) + fmt.Sprintf(format, args...)
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", line)
		p.shown = true
		return
	}
	fmt.Fprintln(p.out, line)
}

// Clear removes the line from the terminal, so that other output can follow.
func (p *progress) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}
