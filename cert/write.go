package cert

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Compressed reports whether certificates with that name are compressed with gzip.
func Compressed(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".gz") }

// Write checks a certificate and writes it, compressed if asked. The same certificate gives
// the same bytes. Lists that are nil become empty ones.
func Write(w io.Writer, c *Certificate, compressed bool) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	filled(reflect.ValueOf(c))
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if !compressed {
		_, err := w.Write(b.Bytes())
		return err
	}
	z := gzip.NewWriter(w)
	if _, err := z.Write(b.Bytes()); err != nil {
		return err
	}
	return z.Close()
}
