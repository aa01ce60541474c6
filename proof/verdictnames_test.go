package proof_test

import (
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/proof"
)

// TestVerdictNamesItsProperty: a digest of the property that nothing compares must
// not stand in a certificate.
func TestVerdictNamesItsProperty(t *testing.T) {
	net := papertest.Figure3(t)
	p := treetest.Property(t, 1, 1, "(>= X_0 0)", "(<= X_0 1)", "(<= Y_0 -0.25)")
	c := cert.New(cert.Violated)
	var err error
	if c.Network.Content, err = proof.NetworkDigest(net); err != nil {
		t.Fatal(err)
	}
	c.Violated = &cert.PropertyViolated{Input: []cert.Rational{"1/2"}}
	digest := strings.Repeat("0", 64)
	for _, q := range []struct {
		id cert.Identity
		ok bool
	}{{cert.Identity{SHA256: digest}, true}, {cert.Identity{Content: digest}, false}, {cert.Identity{SHA256: digest, Content: digest}, false}} {
		c.Specification = q.id
		if _, err := proof.CheckVerdict(t.Context(), c, net, p, 1); (err == nil) != q.ok {
			t.Errorf("%+v: %v", q.id, err)
		}
	}
}
