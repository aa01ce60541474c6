package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/attack"
)

// attackLimit ends a command that takes too long; it then counts as one that does not
// know.
const attackLimit = 2 * time.Second

// attackCommand runs the command within this process.
func attackCommand(args ...string) (code int, out, errors string) {
	var stdout, stderr bytes.Buffer
	defer func() {
		if p := recover(); p != nil {
			code, errors = cli.ExitBadInput, fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, stop := context.WithTimeout(context.Background(), attackLimit)
	defer stop()
	code = run(ctx, args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// TestAttack tries random networks and compares every answer with the truth.
// NETMEND_ATTACK is how many (200), NETMEND_ATTACK_SEED the first seed (1);
// with NETMEND_ATTACK_REPAIRS the questions are repairs alone; and
// NETMEND_ATTACK_OUT a folder for the cases with an answer that is not right: one
// folder a case, with the files, and a README with the command lines.
func TestAttack(t *testing.T) {
	count, long := attackNumber("NETMEND_ATTACK")
	if !long {
		count = 200
		if testing.Short() {
			count = 40
		}
	}
	first, ok := attackNumber("NETMEND_ATTACK_SEED")
	if !ok {
		first = 1
	}
	table := attack.Table{}
	var seeds []int
	for k := range count {
		seeds = append(seeds, first+k)
	}
	if !long {
		seeds = append(append(seeds, onceFalse...), onceFar...)
	}
	answers := attackAll(t, seeds, os.Getenv("NETMEND_ATTACK_OUT"))
	for _, a := range answers {
		table.Add(a)
		if a.Outcome == attack.False {
			t.Errorf("case %d, %s\nnetmend '%s'", a.Seed, a, strings.Join(a.Args, "' '"))
		}
		// The smallest change of all may be none that a file holds, but the bound is exact.
		if a.Above != 0 && a.Bound < 1-1e-6 {
			t.Errorf("case %d, %s: the lower bound is %v of the infimum\nnetmend '%s'", a.Seed, a, a.Bound, strings.Join(a.Args, "' '"))
		}
	}
	sum := table.Total()
	if unknown := sum[attack.Unknown]; float64(unknown) > 0.05*float64(len(answers)) {
		t.Errorf("%d of %d answers are unknown", unknown, len(answers))
	}
	t.Logf("\n%s%s", table, attack.Smallest(answers))
}

// onceFalse are cases that were answered falsely by a code that was right on most.
var onceFalse = []int{5011, 5286, 1080, 1344, 2411, 2696, 12036, 12071, 13208, 30016, 30121, 40127, 40264, 50117, 60080, 80116, 80212}

// onceFar are cases with a repair, or its lower bound, that was far from the smallest.
var onceFar = []int{23, 43, 101}

// attackNumber reads an environment variable.
func attackNumber(name string) (int, bool) {
	n, err := strconv.Atoi(os.Getenv(name))
	return n, err == nil
}

// attackAll tries cases, two at a time, and keeps those with bad answers in a folder.
func attackAll(t *testing.T, cases []int, keep string) (all []attack.Answer) {
	if keep == "" {
		keep = t.TempDir()
	}
	var mutex sync.Mutex
	var group sync.WaitGroup
	seeds := make(chan int)
	for range 2 {
		group.Go(func() {
			for seed := range seeds {
				answers := attackOne(t, seed, filepath.Join(keep, strconv.Itoa(seed)))
				mutex.Lock()
				all = append(all, answers...)
				mutex.Unlock()
			}
		})
	}
	for _, seed := range cases {
		seeds <- seed
	}
	close(seeds)
	group.Wait()
	return all
}

// attackOne tries a case in a folder, which is kept where an answer is bad.
func attackOne(t *testing.T, seed int, dir string) []attack.Answer {
	smooth := filepath.Join(dir, "smooth")
	if err := os.MkdirAll(smooth, 0o777); err != nil {
		t.Error(err)
		return nil
	}
	start := time.Now()
	try := attack.Try
	if os.Getenv("NETMEND_ATTACK_REPAIRS") != "" {
		try = attack.TryRepair
	}
	answers, err := try(uint64(seed), dir, attackCommand)
	if err == nil && seed%4 == 0 {
		var more []attack.Answer
		more, err = attack.TrySmooth(uint64(seed), smooth, attackCommand)
		answers = append(answers, more...)
	}
	if err != nil {
		t.Error(seed, err)
	}
	if d := time.Since(start); d > attackLimit {
		t.Logf("case %d took %v", seed, d)
	}
	var readme strings.Builder
	for _, a := range answers {
		if a.Outcome != attack.Right || a.Far() {
			fmt.Fprintf(&readme, "%s\n  netmend '%s'\n", a, strings.Join(a.Args, "' '"))
		}
	}
	if readme.Len() == 0 {
		err = os.RemoveAll(dir)
	} else {
		err = os.WriteFile(filepath.Join(dir, "README"), []byte(readme.String()), 0o666)
	}
	if err != nil {
		t.Error(err)
	}
	return answers
}
