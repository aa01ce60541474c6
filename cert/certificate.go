package cert

import "fmt"

const (
	// Format is the value of the field "format" of every certificate.
	Format = "netmend-certificate"
	// Version is the version of the format that this package reads and writes.
	Version = 1
)

// Kind is what a certificate claims.
type Kind string

// Certificate is one claim with its evidence: a header that all kinds share and
// the body of its kind.
type Certificate struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Kind    Kind   `json:"kind"`
	// Network is the network that the claim is about, as stored.
	Network Identity `json:"network"`
	// Specification is the requirement or property.
	Specification Identity `json:"specification"`

	// Repair is the body of the kinds Repaired and NoRepair.
	Repair *Repair `json:"repair,omitempty"`
	// Holds, Violated and EmptyPreimage are the bodies of the kinds of these names.
	Holds         *PropertyHolds    `json:"holds,omitempty"`
	Violated      *PropertyViolated `json:"violated,omitempty"`
	EmptyPreimage *PreimageEmpty    `json:"empty_preimage,omitempty"`
}

// New returns a certificate of a kind with the format and version set.
func New(kind Kind) *Certificate { return &Certificate{Format: Format, Version: Version, Kind: kind} }

// Identity tells which file or which content is meant. At least one of the two
// is present, and every one that is present must agree.
type Identity struct {
	// SHA256 of the file's bytes, in lower-case hexadecimal.
	SHA256 string `json:"sha256,omitempty"`
	// Content is the SHA-256 of the canonical encoding of what was read (see
	// docs/CERTIFICATES.md): it does not depend on the file format, but on the
	// units it was read in and on every constant.
	Content string `json:"content,omitempty"`
}

// Validate reports an identity without a digest or with a malformed one.
func (d Identity) Validate() error {
	if d.SHA256 == "" && d.Content == "" {
		return fmt.Errorf("neither sha256 nor content is given")
	}
	for _, s := range []string{d.SHA256, d.Content} {
		if s == "" {
			continue
		}
		if len(s) != 64 {
			return fmt.Errorf("digest of %d digits, want 64", len(s))
		}
		for _, c := range []byte(s) {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return fmt.Errorf("digest %.70q: want lower-case hexadecimal digits", s)
			}
		}
	}
	return nil
}

// Validate reports what is wrong with the form of the certificate: a different format or
// version, a kind without its body or with the body of another kind.
func (c *Certificate) Validate() error {
	switch {
	case c.Format != Format:
		return fmt.Errorf("format %.40q: want %q", c.Format, Format)
	case c.Version != Version:
		return fmt.Errorf("version %d: this program reads version %d", c.Version, Version)
	}
	if err := c.Network.Validate(); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if err := c.Specification.Validate(); err != nil {
		return fmt.Errorf("specification: %w", err)
	}
	// bodies says which body each kind has.
	bodies := []struct {
		name    string
		present bool
		wanted  bool
		check   func() error
	}{
		{"repair", c.Repair != nil, c.Kind == Repaired || c.Kind == NoRepair, func() error { return c.Repair.validate(c.Kind) }},
		{"holds", c.Holds != nil, c.Kind == Holds, func() error { return c.Holds.validate() }},
		{"violated", c.Violated != nil, c.Kind == Violated, func() error { return c.Violated.validate() }},
		{"empty_preimage", c.EmptyPreimage != nil, c.Kind == EmptyPreimage, func() error { return c.EmptyPreimage.validate() }},
	}
	known := false
	for _, b := range bodies {
		known = known || b.wanted
		switch {
		case b.wanted && !b.present:
			return fmt.Errorf("kind %q without %q", c.Kind, b.name)
		case !b.wanted && b.present:
			return fmt.Errorf("kind %.40q with %q", c.Kind, b.name)
		case b.wanted:
			if err := b.check(); err != nil {
				return fmt.Errorf("%s: %w", b.name, err)
			}
		}
	}
	if !known {
		return fmt.Errorf("kind %.40q is not known", c.Kind)
	}
	return nil
}
