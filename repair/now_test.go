package repair
import "time"
func now() float64 { return float64(time.Now().UnixNano())*1e-9 }
