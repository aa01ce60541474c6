package spec_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/netmend/netmend/spec"
)

// Equation (3) of Sotoudeh and Thakur: on all of [0.5, 1.5] the output is to
// lie between -0.8 and -0.4.
func ExampleRead() {
	text := `{
	  "version": 1,
	  "items": [
	    {"name": "equation 3",
	     "segment": {"from": [0.5], "to": [1.5]},
	     "output": {"bounds": {"0": [-0.8, -0.4]}}}
	  ]
	}`
	s, err := spec.Read(strings.NewReader(text), "equation3.json", ".")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, it := range s.Items {
		fmt.Println(it.Name, it.Segment.From, it.Segment.To)
		for _, h := range it.Output.Given(0, 1) {
			fmt.Println(h.Normal, ". y <=", h.Offset)
		}
	}
	// Output:
	// equation 3 [0.5] [1.5]
	// [1] . y <= -0.4
	// [-1] . y <= 0.8
}

func ExampleRead_error() {
	text := `{"version": 1, "items": [
	  {"point": [0.5, 1], "label": 1},
	  {"point": [0.5], "label": 1}
	]}`
	_, err := spec.Read(strings.NewReader(text), "repair.json", ".")
	fmt.Println(err)
	// Output:
	// repair.json:3:14: point with 1 numbers, the item on line 2 has 2
}

func ExampleReadArgument() {
	s, err := spec.ReadArgument(`[{"name": "a", "point": [0.5], "output": {"argmin": [0, 1]}}]`)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := spec.Write(os.Stdout, s); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {
	//   "version": 1,
	//   "classifier": "argmax",
	//   "margin": 0,
	//   "items": [
	//     {"name": "a", "point": [0.5], "output": {"argmin": [0, 1]}}
	//   ]
	// }
}

// A network that negates two inputs gives the point (3, 1) class 1; that is to
// stay.
func ExampleSpec_Bind() {
	s := &spec.Spec{Items: []spec.Item{{Name: "a", Point: []float64{3, 1}, Keep: true}}}
	negate := func(points [][]float64) ([][]float64, error) {
		var ys [][]float64
		for _, x := range points {
			ys = append(ys, []float64{-x[0], -x[1]})
		}
		return ys, nil
	}
	bound, err := s.Bind(2, negate)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bound.Items[0].Output.Allowed)
	// Output:
	// [1]
}
