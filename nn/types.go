package nn

// Types has one operation, without parameters, of each type.
func Types() []Op {
	return []Op{
		&Dense{}, &Conv{}, &ConvTranspose{}, &Scale{}, &AveragePool{}, &Reduce{}, &Sum{}, &Take{}, &Concat{},
		&Piecewise{}, &Smooth{},
		&MaxPool{}, &Max{},
	}
}

func (*Dense) closed()         {}
func (*Conv) closed()          {}
func (*ConvTranspose) closed() {}
func (*Scale) closed()         {}
func (*AveragePool) closed()   {}
func (*Reduce) closed()        {}
func (*Sum) closed()           {}
func (*Take) closed()          {}
func (*Concat) closed()        {}
func (*Piecewise) closed()     {}
func (*Smooth) closed()        {}
func (*MaxPool) closed()       {}
func (*Max) closed()           {}
