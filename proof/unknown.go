package proof

import "errors"

// ErrUnknown is wrapped by errors that mean that a claim was neither confirmed nor
// refuted: the network has operations that the checker does not know, or the
// work is beyond its limit.
var ErrUnknown = errors.New("not decided")

// Is makes an unsupported operation an ErrUnknown.
func (e *unsupportedError) Is(target error) bool { return target == ErrUnknown }

func (e *unsupportedError) Unwrap() error { return e.error }
