package experiment_test

import (
	"context"
	"testing"

	"github.com/netmend/netmend/internal/experiment"
	"github.com/netmend/netmend/train"
)

// TestLinesSmall is Task 2 in small, with generated digits: provable repair
// meets the requirement, helps unseen foggy images, and costs less accuracy than
// fine-tuning, whose figures are the paper's methods' too.
func TestLinesSmall(t *testing.T) {
	task, err := experiment.SmallDigits().Lines(context.Background(), 8, 0)
	if err != nil {
		t.Fatal(err)
	}
	run := func(m experiment.Method) *experiment.Outcome {
		m.Samples, m.Seed = 400, 1
		o, err := task.Run(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s layer %d: %s, efficacy %d -> %d of %d, clean %d -> %d, fog %d -> %d of %d", m.Kind, m.Layer, o.Status,
			o.Efficacy.Before, o.Efficacy.After, o.Efficacy.Points, o.Drawdown.Before, o.Drawdown.After,
			o.Generalisation.Before, o.Generalisation.After, o.Generalisation.Points)
		return o
	}
	sgd := train.SGD{Rate: 0.05, Momentum: 0.9}
	ft := run(experiment.Method{Kind: experiment.FT, SGD: sgd, BatchSize: 16, Epochs: 50})
	for layer := 2; layer <= 3; layer++ {
		pr := run(experiment.Method{Kind: experiment.PR, Layer: layer})
		mft := run(experiment.Method{Kind: experiment.MFT, Layer: layer, SGD: sgd, BatchSize: 16, Epochs: 50})
		if pr.Status != "repaired" || pr.Efficacy.After != pr.Efficacy.Points || pr.Efficacy.Before == pr.Efficacy.Points {
			t.Errorf("PR, layer %d: %s, %+v", layer, pr.Status, pr.Efficacy)
		}
		if pr.Generalisation.Generalisation().Value <= 0 {
			t.Errorf("PR, layer %d: generalisation %+v, want it above 0", layer, pr.Generalisation.Change)
		}
		if pr.Change.Linf == 0 || mft.Change.L0 == 0 {
			t.Errorf("layer %d: changes %+v and %+v", layer, pr.Change, mft.Change)
		}
	}
	if ft.Drawdown == nil || ft.Efficacy.After < ft.Efficacy.Before {
		t.Errorf("FT: %+v", ft.Efficacy)
	}
}
