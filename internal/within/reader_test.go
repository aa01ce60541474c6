package within_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/netmend/netmend/internal/within"
)

// TestReader: what is long fails once the context is over, and what is short is read.
func TestReader(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := io.ReadAll(within.Reader(ctx, bytes.NewReader(make([]byte, 1<<21)))); !errors.Is(err, cause) {
		t.Errorf("2 MiB: %v, want the cause", err)
	}
	if b, err := io.ReadAll(within.Reader(ctx, bytes.NewReader(make([]byte, 1000)))); err != nil || len(b) != 1000 {
		t.Errorf("1,000 bytes: read %d, %v", len(b), err)
	}
}
