package master

// A dual simplex can cycle where many breakpoints coincide, as they do for
// weights that are small integers. Far beyond the steps that a solve takes, the
// slot that leaves and, among ties, the variable that enters are therefore
// picked at random: the chance of going round for long vanishes.
const (
	// shuffleAfter and shufflePerRow: steps of a solve until then. Solves take a
	// few steps a row.
	shuffleAfter, shufflePerRow = 1000, 20
)

// shuffled reports whether the solve under way has gone on for long.
func (m *Master) shuffled() bool { return m.steps > shuffleAfter+shufflePerRow*m.rows.n }

// chance is a number between 0 and 1, the same in every run, that changes with
// every step.
func (m *Master) chance(i int) float64 {
	// The finaliser of splitmix64.
	x := uint64(m.steps)*0x9e3779b97f4a7c15 + uint64(i)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11+1) / (1 << 53)
}
