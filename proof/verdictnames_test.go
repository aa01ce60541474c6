package proof_test

import (
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec/vnnlib"
)

// TestVerdictNamesItsProperty: a digest of the property that nothing compares must
// not stand in a certificate.
func TestVerdictNamesItsProperty(t *testing.T) {
	net := papertest.Figure3(t)
	p, err := vnnlib.Read(strings.NewReader("(declare-const X_0 Real)(declare-const Y_0 Real)(assert (>= X_0 0))(assert (<= X_0 1))(assert (<= Y_0 -0.25))"), "property")
	if err != nil {
		t.Fatal(err)
	}
	c := cert.New(cert.Violated)
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
