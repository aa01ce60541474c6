package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/format"
	"go/token"
	"go/types"
	"math"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

// Analyzer reports the products that a compiler may fuse.
//
// A product may be fused wherever its value arrives at an addition or a
// subtraction without an explicit conversion on the way. Assignments, function
// results and arguments of functions that are inlined are not an obstacle ("possibly
// across statements", says the language), so a product is accepted only
//
//   - as the operand of an explicit conversion;
//   - as a factor (of something else than 2: doubling is compiled to an addition),
//     a dividend, a divisor or one side of a comparison;
//   - as an argument of a function of package math, of min or of max;
//   - as an argument that becomes an interface, to be printed.
//
// A sign or parentheses around a product change nothing. A division by a power of
// two is compiled to a product, and is taken as one unless its dividend is an
// integer: only one that underflows is inexact. Products of complex numbers are
// sums of products, which no conversion in the source protects: they are reported
// without a fix.
//
// Outside tests, functions of the standard library that are not exact by
// definition are reported as well: their results depend on the processor.
var Analyzer = &analysis.Analyzer{
	Name: "nofuse",
	Doc:  "report floating-point products that the compiler may fuse with an addition",
	Run:  run,
}

func run(pass *analysis.Pass) (any, error) {
	in := inspector.New(pass.Files)
	in.WithStack([]ast.Node{(*ast.BinaryExpr)(nil), (*ast.AssignStmt)(nil), (*ast.SelectorExpr)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		if !push {
			return true
		}
		switch n := n.(type) {
		case *ast.BinaryExpr:
			checkProduct(pass, n, stack)
		case *ast.AssignStmt:
			checkAssignedProduct(pass, n)
		case *ast.SelectorExpr:
			checkFunction(pass, n)
		}
		return true
	})
	return nil, nil
}

// checkProduct judges x*y by what takes it up. stack ends with the product.
func checkProduct(pass *analysis.Pass, product *ast.BinaryExpr, stack []ast.Node) {
	kind := kindOf(pass.TypesInfo.TypeOf(product))
	if kind == notFloat || pass.TypesInfo.Types[product].Value != nil {
		return
	}
	if product.Op != token.MUL && !isMultiplied(pass, product) {
		return
	}
	if kind == realFloat && !mayBeSummed(pass, stack) {
		return
	}
	report(pass, product, product, func(to string) []analysis.TextEdit {
		switch p := stack[len(stack)-2].(type) {
		case *ast.ParenExpr:
			return []analysis.TextEdit{insert(p.Pos(), to)}
		case *ast.BinaryExpr:
			if doubles(pass, p) && p.Pos() == product.Pos() {
				return nil // the doubled product may need the same edit at the same place
			}
		}
		return []analysis.TextEdit{insert(product.Pos(), to+"("), insert(product.End(), ")")}
	})
}

// isMultiplied says whether a quotient is compiled to a product that may be
// inexact: its divisor is a power of two, and its dividend no integer, so that it
// may underflow.
func isMultiplied(pass *analysis.Pass, e *ast.BinaryExpr) bool {
	v := pass.TypesInfo.Types[e.Y].Value
	if e.Op != token.QUO || v == nil || kindOf(pass.TypesInfo.TypeOf(e)) != realFloat {
		return false
	}
	if call, ok := ast.Unparen(e.X).(*ast.CallExpr); ok && pass.TypesInfo.Types[call.Fun].IsType() {
		if b, ok := pass.TypesInfo.TypeOf(call.Args[0]).Underlying().(*types.Basic); ok && b.Info()&types.IsInteger != 0 {
			return false
		}
	}
	f, _ := constant.Float64Val(v)
	m, _ := math.Frexp(f)
	return math.Abs(m) == 0.5
}

// checkAssignedProduct judges x *= y.
func checkAssignedProduct(pass *analysis.Pass, s *ast.AssignStmt) {
	if s.Tok != token.MUL_ASSIGN {
		return
	}
	if kindOf(pass.TypesInfo.TypeOf(s.Lhs[0])) == notFloat {
		return
	}
	report(pass, s, s.Lhs[0], func(to string) []analysis.TextEdit {
		left, ok := text(pass, s.Lhs[0])
		if !ok {
			return nil
		}
		open, end := "", ")"
		if _, binary := s.Rhs[0].(*ast.BinaryExpr); binary {
			open, end = "(", "))"
		}
		return []analysis.TextEdit{
			{Pos: s.TokPos, End: s.Rhs[0].Pos(), NewText: []byte("= " + to + "(" + left + "*" + open)},
			insert(s.End(), end),
		}
	})
}

func insert(at token.Pos, text string) analysis.TextEdit {
	return analysis.TextEdit{Pos: at, End: at, NewText: []byte(text)}
}

// text is the source of an expression that may be evaluated twice: one that
// calls no function.
func text(pass *analysis.Pass, e ast.Expr) (string, bool) {
	calls := false
	ast.Inspect(e, func(n ast.Node) bool {
		_, call := n.(*ast.CallExpr)
		calls = calls || call
		return !calls
	})
	var b bytes.Buffer
	err := format.Node(&b, pass.Fset, e)
	return b.String(), err == nil && !calls
}

// mayBeSummed judges the expression that takes the last of stack up: is that a
// sum, or does it hand the product on?
func mayBeSummed(pass *analysis.Pass, stack []ast.Node) bool {
	for i := len(stack) - 2; i >= 0; i-- {
		switch parent := stack[i].(type) {
		case *ast.ParenExpr, *ast.UnaryExpr:
			continue
		case *ast.BinaryExpr:
			return parent.Op == token.ADD || parent.Op == token.SUB || doubles(pass, parent)
		case *ast.CallExpr:
			return !harmlessCall(pass, parent, stack[i+1])
		default:
			return true
		}
	}
	return true
}

// doubles says whether a product or quotient is compiled to the sum of an operand
// with itself.
func doubles(pass *analysis.Pass, e *ast.BinaryExpr) bool {
	is := func(x ast.Expr, c float64) bool {
		v := pass.TypesInfo.Types[x].Value
		return v != nil && constant.Compare(constant.ToFloat(v), token.EQL, constant.MakeFloat64(c))
	}
	return e.Op == token.MUL && (is(e.X, 2) || is(e.Y, 2)) || e.Op == token.QUO && is(e.Y, 0.5)
}

// harmlessCall: a conversion rounds; no function of package math, nor min or max,
// hands an argument on as the product that it was; what becomes an interface is
// printed.
func harmlessCall(pass *analysis.Pass, call *ast.CallExpr, argument ast.Node) bool {
	if pass.TypesInfo.Types[call.Fun].IsType() {
		return true
	}
	var name *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		name = f
	case *ast.SelectorExpr:
		name = f.Sel
	default:
		return false
	}
	switch object := pass.TypesInfo.Uses[name].(type) {
	case *types.Builtin:
		return object.Name() == "min" || object.Name() == "max"
	case *types.Func:
		return object.Pkg() != nil && object.Pkg().Path() == "math" || toInterface(pass, call, argument)
	}
	return false
}

// toInterface says whether an argument arrives as an interface.
func toInterface(pass *analysis.Pass, call *ast.CallExpr, argument ast.Node) bool {
	f, ok := pass.TypesInfo.TypeOf(call.Fun).(*types.Signature)
	if !ok {
		return false
	}
	i := slices.IndexFunc(call.Args, func(e ast.Expr) bool { return e == argument })
	if i < 0 {
		return false
	}
	t := f.Params().At(min(i, f.Params().Len()-1)).Type()
	if s, ok := t.(*types.Slice); ok && f.Variadic() && i >= f.Params().Len()-1 {
		t = s.Elem()
	}
	_, parameter := types.Unalias(t).(*types.TypeParam)
	return types.IsInterface(t) && !parameter
}

type kind int

const (
	notFloat kind = iota
	realFloat
	complexFloat
)

// kindOf says whether values of a type, or of a type of its type set, are
// floating-point numbers.
func kindOf(t types.Type) kind {
	if t == nil {
		return notFloat
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		return kindOfSet(p.Constraint().Underlying())
	}
	b, ok := t.Underlying().(*types.Basic)
	switch {
	case !ok:
		return notFloat
	case b.Info()&types.IsFloat != 0:
		return realFloat
	case b.Info()&types.IsComplex != 0:
		return complexFloat
	}
	return notFloat
}

func kindOfSet(constraint types.Type) kind {
	set, ok := constraint.(*types.Interface)
	if !ok {
		return notFloat
	}
	found := notFloat
	for i := range set.NumEmbeddeds() {
		switch e := set.EmbeddedType(i).(type) {
		case *types.Union:
			for j := range e.Len() {
				found = max(found, kindOf(e.Term(j).Type()))
			}
		default:
			if inner, ok := e.Underlying().(*types.Interface); ok {
				found = max(found, kindOfSet(inner))
			} else {
				found = max(found, kindOf(e))
			}
		}
	}
	return found
}

// report reports a product, or x *= y, whose value is that of the expression x;
// the edits convert it explicitly.
func report(pass *analysis.Pass, n ast.Node, x ast.Expr, edits func(to string) []analysis.TextEdit) {
	d := analysis.Diagnostic{Pos: n.Pos(), End: n.End()}
	t := pass.TypesInfo.TypeOf(x)
	if kindOf(t) == complexFloat {
		d.Message = "a product of complex numbers may be fused: write out its parts, each product converted explicitly"
		pass.Report(d)
		return
	}
	to := types.TypeString(t, func(p *types.Package) string {
		if p == pass.Pkg {
			return ""
		}
		return p.Name()
	})
	d.Message = fmt.Sprintf("the product may be fused with an addition: convert it explicitly to %s", to)
	if e := edits(to); e != nil {
		d.SuggestedFixes = []analysis.SuggestedFix{{Message: "convert the product explicitly", TextEdits: e}}
	}
	pass.Report(d)
}
