package main

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// exact are the functions of package math whose results are defined to the last
// bit, so that they do not depend on the machine.
var exact = map[string]bool{
	"Abs": true, "Ceil": true, "Copysign": true, "Dim": true, "FMA": true, "Float32bits": true,
	"Float32frombits": true, "Float64bits": true, "Float64frombits": true, "Floor": true, "Frexp": true,
	"Ilogb": true, "Inf": true, "IsInf": true, "IsNaN": true, "Ldexp": true, "Logb": true, "Max": true,
	"Min": true, "Mod": true, "Modf": true, "NaN": true, "Nextafter": true, "Nextafter32": true,
	"Round": true, "RoundToEven": true, "Signbit": true, "Sqrt": true, "Trunc": true,
}

// checkFunction reports a function of package math that is not exact.
func checkFunction(pass *analysis.Pass, s *ast.SelectorExpr) {
	f, ok := pass.TypesInfo.Uses[s.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || strings.HasSuffix(pass.Fset.File(s.Pos()).Name(), "_test.go") {
		return
	}
	if f.Pkg().Path() == "math" && !exact[f.Name()] {
		pass.ReportRangef(s, "math.%s gives other bits on other machines: use package portable", f.Name())
	}
}
