package spec

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/netmend/netmend/set"
)

// dataFile says what is read from which file; equal ones are read once.
type dataFile struct {
	path        string // with :member for a member of an archive
	labels      string // path of the labels
	labelColumn string // or their column in a CSV file
	dim         int
	divideBy    float64
	image       string
}

// selection is the part of data files that an item takes, and how.
type selection struct {
	file        string // as in the specification, for names
	path        string
	dim         int
	labels      string
	labelColumn string
	first       int
	count       int // -1: all
	factor      float64
	divideBy    float64
	imageText   string
}

// selectionFields are the fields that points and segments in files share.
var selectionFields = []string{"file", "labels", "first", "count", "scale", "dimension", "image"}

// selection decodes the shared fields.
func (d *decoder) selection(v value, fields map[string]value) (*selection, error) {
	s := &selection{count: -1, factor: 1}
	var err error
	if file, ok := fields["file"]; ok {
		if s.file, s.path, err = d.path(file); err != nil {
			return nil, err
		}
	}
	if first, ok := fields["first"]; ok {
		if s.first, err = first.integer("the number of the first row, from 0"); err != nil {
			return nil, err
		}
	}
	if count, ok := fields["count"]; ok {
		const want = "how many rows, at least 1"
		if s.count, err = count.integer(want); err != nil {
			return nil, err
		}
		if s.count == 0 {
			return nil, count.errorf("found 0, want %s", want)
		}
	}
	if dim, ok := fields["dimension"]; ok {
		const want = "the dimension of a point, at least 1"
		if s.dim, err = dim.integer(want); err != nil {
			return nil, err
		}
		if s.dim == 0 {
			return nil, dim.errorf("found 0, want %s", want)
		}
	}
	if scale, ok := fields["scale"]; ok {
		if err := s.scale(scale); err != nil {
			return nil, err
		}
	}
	if image, ok := fields["image"]; ok {
		if err := s.imageOf(image); err != nil {
			return nil, err
		}
	}
	if labels, ok := fields["labels"]; ok {
		return s, d.fileLabels(s, labels)
	}
	return s, nil
}

// path decodes a path, and returns it as written and relative to the base.
func (d *decoder) path(v value) (written, path string, err error) {
	written, ok := v.str()
	if !ok || written == "" {
		return "", "", v.errorf("found %s, want the path of a data file", v.found())
	}
	path = filepath.FromSlash(written)
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.baseDir, path)
	}
	return written, path, nil
}

// scale decodes a factor: a number, or "1/255", which divides (x/255 and
// x*(1/255) differ in the last bit).
func (s *selection) scale(v value) error {
	const want = "a factor that is not 0: a number, or a string such as \"1/255\""
	if text, ok := v.str(); ok {
		divisor, isFraction := strings.CutPrefix(text, "1/")
		f, err := strconv.ParseFloat(divisor, 64)
		if !isFraction || err != nil || f-f != 0 || f == 0 {
			return v.errorf("scale %s, want %s", v.found(), want)
		}
		s.divideBy = f
		return nil
	}
	f, ok := v.number()
	if !ok || f == 0 {
		return v.errorf("scale %s, want %s", v.found(), want)
	}
	s.factor = f
	return nil
}

// imageOf decodes how stored images become points, in the text form of the
// command's --image. Means are subtracted after a division, which is the only
// scale that makes sense beside them.
func (s *selection) imageOf(v value) error {
	text, ok := v.str()
	if !ok {
		return v.errorf("image %s, want a string such as \"nhwc,reverse,mean=104:117:123\"", v.found())
	}
	if err := dataReader.CheckImage(text); err != nil {
		return v.errorf("%w", err)
	}
	if s.factor != 1 {
		return v.errorf("image together with a scale of %v: write the scale as \"1/N\"", s.factor)
	}
	s.imageText = text
	return nil
}

// fileLabels decodes where the labels are: a member of the same archive, a
// column of the same CSV file, or another file.
func (d *decoder) fileLabels(s *selection, v value) error {
	if v.kind() == jsonObject {
		path, err := d.other(v)
		s.labels = path
		return err
	}
	name, ok := v.str()
	if !ok || name == "" {
		return v.errorf("labels %s, want a string, or an object with \"file\"", v.found())
	}
	switch lower := strings.ToLower(s.path); {
	case strings.HasSuffix(lower, ".npz"):
		s.labels = s.path + ":" + name
	case strings.HasSuffix(lower, ".csv"), strings.HasSuffix(lower, ".csv.gz"):
		s.labelColumn = name
	default:
		return v.errorf("labels %s: only .npz and .csv files hold labels beside the points, want {\"file\": ...}", v.found())
	}
	return nil
}

// other decodes {"file": path, "data": member}.
func (d *decoder) other(v value) (path string, err error) {
	fields, err := v.fields("a data file", "file", "data")
	if err != nil {
		return "", err
	}
	file, ok := fields["file"]
	if !ok {
		return "", v.errorf("no field \"file\", want the path of a data file")
	}
	if _, path, err = d.path(file); err != nil {
		return "", err
	}
	if data, ok := fields["data"]; ok {
		return member(path, data)
	}
	return path, nil
}

// member selects a member of an archive.
func member(path string, v value) (string, error) {
	name, ok := v.str()
	if !ok || name == "" {
		return "", v.errorf("found %s, want the name of an array in a .npz file", v.found())
	}
	if !strings.HasSuffix(strings.ToLower(path), ".npz") {
		return "", v.errorf("array %s of %s: only .npz files have named arrays", v.found(), path)
	}
	return path + ":" + name, nil
}

// load reads the selected rows of the array at path, scaled, and their labels.
func (d *decoder) load(v value, s *selection, path string) (rows [][]float64, labels []int, err error) {
	key := dataFile{path, s.labels, s.labelColumn, s.dim, s.divideBy, s.imageText}
	p := d.files[key]
	if p == nil {
		p, err = dataReader.Load(path, DataOptions{
			Context: d.ctx,
			Dim:     s.dim, DivideBy: s.divideBy, LabelColumn: s.labelColumn, Labels: s.labels, Image: s.imageText,
		})
		if err != nil {
			return nil, nil, v.errorf("%w", err)
		}
		d.files[key] = p
		d.spec.stored = append(d.spec.stored, storedPoints{path, p.CheckShape})
	}
	count := s.count
	if count < 0 {
		count = p.Rows - s.first
	}
	if count <= 0 || count > p.Rows-s.first {
		return nil, nil, v.errorf("rows %d to %d of %s, which has %d", s.first, s.first+max(count, 1)-1, path, p.Rows)
	}
	if err := d.dimension(v, p.Dim); err != nil {
		return nil, nil, err
	}
	if err := d.count(v, count*p.Dim); err != nil {
		return nil, nil, err
	}
	// A copy, so that ten rows do not keep the whole file in memory.
	data := slices.Clone(p.Data[s.first*p.Dim : (s.first+count)*p.Dim])
	for i := range data {
		if data[i] = float64(data[i] * s.factor); data[i]-data[i] != 0 {
			return nil, nil, v.errorf("%s, row %d, coordinate %d: scaled by %v it is beyond float64", path, s.first+i/p.Dim, i%p.Dim, s.factor)
		}
	}
	for i := range count {
		rows = append(rows, data[i*p.Dim:(i+1)*p.Dim:(i+1)*p.Dim])
	}
	if s.labels != "" || s.labelColumn != "" {
		labels = slices.Clone(p.Labels[s.first : s.first+count])
	}
	return rows, labels, nil
}

// place names items after the file's rows.
func (s *selection) place(i int) string {
	if s.file == "" {
		return fmt.Sprintf(" %d", s.first+i)
	}
	return fmt.Sprintf(" %d of %s", s.first+i, s.file)
}

func (d *decoder) pointsFile(v value) (*inputs, error) {
	fields, err := v.fields("points in a file", slices.Concat(selectionFields, []string{"data"})...)
	if err != nil {
		return nil, err
	}
	if _, ok := fields["file"]; !ok {
		return nil, v.errorf("no field \"file\", want the path of a .npy, .npz, .csv or IDX file")
	}
	s, err := d.selection(v, fields)
	if err != nil {
		return nil, err
	}
	path := s.path
	if data, ok := fields["data"]; ok {
		if path, err = member(path, data); err != nil {
			return nil, err
		}
	}
	rows, labels, err := d.load(v, s, path)
	if err != nil {
		return nil, err
	}
	in := &inputs{places: s.place, labels: labels}
	for _, x := range rows {
		in.items = append(in.items, Item{Point: x})
	}
	return in, nil
}

// end decodes where the from or to ends of segments are: an array in the
// item's archive, or another file.
func (d *decoder) end(s *selection, v value) (path string, err error) {
	switch {
	case v.kind() == jsonObject:
		return d.other(v)
	case s.path == "":
		return "", v.errorf("found %s but no field \"file\", want the .npz file that holds the array, or {\"file\": ...} here", v.found())
	}
	return member(s.path, v)
}

func (d *decoder) segmentsFile(v value) (*inputs, error) {
	fields, err := v.fields("segments in a file", slices.Concat(selectionFields, []string{"from", "to"})...)
	if err != nil {
		return nil, err
	}
	s, err := d.selection(v, fields)
	if err != nil {
		return nil, err
	}
	var ends [2][][]float64
	var labels []int
	for i, name := range []string{"from", "to"} {
		end, ok := fields[name]
		if !ok {
			return nil, v.errorf("segments without %q, want the name of an array in the file, or {\"file\": ...}", name)
		}
		path, err := d.end(s, end)
		if err != nil {
			return nil, err
		}
		if ends[i], labels, err = d.load(end, s, path); err != nil {
			return nil, err
		}
	}
	if len(ends[0]) != len(ends[1]) {
		return nil, v.errorf("%d rows to start from and %d to go to, want as many", len(ends[0]), len(ends[1]))
	}
	in := &inputs{places: s.place, labels: labels}
	for i := range ends[0] {
		segment, err := set.NewSegment(ends[0][i], ends[1][i])
		if err != nil {
			return nil, v.errorf("row %d: %w", s.first+i, err)
		}
		in.items = append(in.items, Item{Segment: &segment})
	}
	return in, nil
}
