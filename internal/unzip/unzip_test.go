package unzip_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"io"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/unzip"
)

// TestReader: what expands little, or is small, comes out as it went in; the rest is refused
// as soon as that is clear.
func TestReader(t *testing.T) {
	noise := make([]byte, 1<<20)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		data []byte
		most int // what comes out of one that is refused; 0 for one that is not
	}{
		"empty":  {data: nil},
		"small":  {data: make([]byte, unzip.Free)},
		"noise":  {data: bytes.Repeat(noise, 17)},
		"zeroes": {data: make([]byte, 4*unzip.Free), most: unzip.Free + 1<<16},
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			z, err := gzip.NewWriterLevel(&file, gzip.BestSpeed)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := z.Write(test.data); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := unzip.NewReader(&file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			switch {
			case test.most == 0 && (err != nil || !bytes.Equal(got, test.data)):
				t.Errorf("%d bytes, %v, want %d", len(got), err, len(test.data))
			case test.most > 0 && (err == nil || !strings.Contains(err.Error(), "times its size") || len(got) > test.most):
				t.Errorf("%d bytes, %v, want a refusal after %d", len(got), err, test.most)
			}
		})
	}
}
