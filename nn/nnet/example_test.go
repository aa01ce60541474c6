package nnet_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/netmend/netmend/nn/nnet"
)

func ExampleRead() {
	const file = `// Neural Network File Format
2,1,1,2,
1,2,1,
0,
0,
100,
50,0,
50,10,
1,
-1,
0,
0,
1,1,
0,
`
	// |x| on normalised numbers; in raw units x = 0 ... 100 and y = 0 ... 10.
	for _, units := range []nnet.Units{nnet.Normalised, nnet.Raw} {
		network, err := nnet.Read(strings.NewReader(file), "abs.nnet", nnet.Options{Units: units})
		if err != nil {
			log.Fatal(err)
		}
		y, err := network.EvalPoint([]float64{25})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(units, y)
	}
	// Output:
	// normalised [25]
	// raw [5]
}
