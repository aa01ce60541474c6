package dataset_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/netmend/netmend/dataset"
)

// Two labelled images of 2 x 2 pixels, written as NumPy's savez would, and read
// as points with coordinates in [0, 1].
func ExampleLoad() {
	folder, err := os.MkdirTemp("", "dataset")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "images.npz")
	err = dataset.WriteNPZ(path,
		dataset.Member{Name: "images", Array: &dataset.Array{
			Shape: []int{2, 2, 2},
			Data:  []float64{0, 255, 51, 0, 255, 0, 0, 102},
			Type:  dataset.Uint8,
		}},
		dataset.Member{Name: "label", Array: &dataset.Array{
			Shape: []int{2},
			Data:  []float64{3, 1},
			Type:  dataset.Uint8,
		}})
	if err != nil {
		log.Fatal(err)
	}

	points, err := dataset.Load(path, dataset.Options{Dim: 4, DivideBy: 255})
	if err != nil {
		log.Fatal(err)
	}
	for i := range points.Rows {
		fmt.Println(points.Row(i), "class", points.Labels[i])
	}
	// Output:
	// [0 1 0.2 0] class 3
	// [1 0 0 0.4] class 1
}

func ExampleReadCSV() {
	const file = `label, x, y
1, 0.5, -2
0, 3e-1, 4
`
	points, err := dataset.ReadCSV(strings.NewReader(file), "points.csv", "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(points.Rows, "points of dimension", points.Dim)
	fmt.Println(points.Data, points.Labels)

	_, err = dataset.ReadCSV(strings.NewReader("1,2\n3,four\n"), "points.csv", "")
	fmt.Println(err)
	// Output:
	// 2 points of dimension 2
	// [0.5 -2 0.3 4] [1 0]
	// points.csv:2:3: found "four", want a number
}
