package ordered

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// numbers is the job of putting from, from+1, ..., to-1, one a batch.
type numbers struct{ from, to int }

// counting does numbers, at most ten a job.
func counting(fail int) func(*Lane[numbers, int]) func(numbers) ([]numbers, error) {
	return func(l *Lane[numbers, int]) func(numbers) ([]numbers, error) {
		n := new(int)
		return func(j numbers) ([]numbers, error) {
			for i := range 10 {
				if l.Stopped() {
					return nil, ErrStopped
				}
				if j.from == j.to {
					return nil, nil
				}
				if j.from == fail {
					return nil, errFail
				}
				*n = j.from
				var err error
				if n, err = l.Put(n, func(*int) *int { return new(int) }); err != nil {
					return nil, err
				}
				j.from++
				if i > 1 && l.Hungry() {
					break
				}
			}
			middle := (j.from + j.to) / 2
			return []numbers{{j.from, middle}, {middle, j.to}}, nil
		}
	}
}

var errFail = errors.New("no good number")

func TestOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		for _, limit := range []int{0, 1, 7, 1000} {
			q := NewQueue[numbers, int]([]numbers{{0, 50}, {50, 50}, {50, 300}}, limit)
			var got []int
			most := 0
			err := q.Run(context.Background(), workers, counting(-1), func(n *int) error {
				if *n%20 == 0 {
					time.Sleep(100 * time.Microsecond)
					q.mu.Lock()
					most = max(most, q.waiting)
					q.mu.Unlock()
				}
				got = append(got, *n)
				return nil
			})
			if err != nil || len(got) != 300 || !slices.IsSorted(got) {
				t.Errorf("%d workers, limit %d: %v, %v", workers, limit, got, err)
			}
			if most > limit+2 {
				t.Errorf("%d batches wait, want at most %d: the limit, one being visited, one of the earliest job", most, limit+2)
			}
		}
	}
}

func TestEnds(t *testing.T) {
	mine := errors.New("enough")
	for _, workers := range []int{1, 3} {
		run := func(fail int, visit func(n int, cancel func()) error) (last int, err error) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			last = -1
			q := NewQueue[numbers, int]([]numbers{{0, 1000}}, 5)
			err = q.Run(ctx, workers, counting(fail), func(n *int) error {
				last = *n
				return visit(*n, cancel)
			})
			return last, err
		}
		if last, err := run(-1, func(n int, _ func()) error {
			if n == 123 {
				return mine
			}
			return nil
		}); err != mine || last != 123 {
			t.Errorf("the visitor's error: %v after %d", err, last)
		}
		if last, err := run(77, func(int, func()) error { return nil }); err != errFail || last != 76 {
			t.Errorf("the search's error: %v after %d, want all before it visited", err, last)
		}
		if _, err := run(-1, func(n int, cancel func()) error {
			if n == 55 {
				cancel()
			}
			return nil
		}); err != context.Canceled {
			t.Errorf("cancelled: %v", err)
		}
	}
}
