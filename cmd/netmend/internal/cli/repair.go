package cli

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/repair"
)

// DeclareObjective declares --objective, which repair and bench have.
func DeclareObjective(fs *pflag.FlagSet, value *string) {
	fs.StringVar(value, "objective", string(repair.Mix), "what to minimise, with D the changes: l1 (sum |D|), linf (max |D|), mix (mean |D| + max |D|), l2")
}

// GiveMemory says how much memory a repair may take.
func (inv *Invocation) GiveMemory(opt *repair.Options) {
	if opt.MaxBytes = inv.MemoryLeft(); opt.MaxBytes == 0 {
		LimitMemory(repair.DefaultMaxBytes)
	}
}

// RepairProgress shows how far a repair is.
func (inv *Invocation) RepairProgress() func(repair.Progress) {
	return func(p repair.Progress) {
		where := fmt.Sprintf("layer %d: ", p.Layer)
		if p.Layer == 0 {
			where = ""
		}
		if p.Phase != "solve" || p.Round == 0 {
			inv.Progress.Report("%s%s, %s", where, p.Phase, Count(p.Cells, "cell"))
			return
		}
		bound := ""
		if p.LowerBound > 0 {
			bound = fmt.Sprintf(" >= %.6g", p.LowerBound)
		}
		inv.Progress.Report("%sround %d, %s, violation left %.3g, objective %.6g%s",
			where, p.Round, Count(p.Rows, "row"), p.Violation, p.Objective, bound)
	}
}
