package dataset

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/netmend/netmend/internal/atomicfile"
	"github.com/netmend/netmend/internal/unzip"
	"github.com/netmend/netmend/internal/within"
)

// maxDeflateRatio is the most that deflate can expand: 258 bytes from two
// bits, so 1032 to 1. A member that declares more is corrupt or hostile.
const maxDeflateRatio = 1032

// NPZ is an open .npz archive. Members are read one at a time, on request.
type NPZ struct {
	names   []string
	members map[string]*zip.File
	closer  io.Closer
	ctx     context.Context // nil: reading has no end
}

// OpenNPZ opens the .npz archive at path and reads its directory. Members that
// do not end in .npy are left out, as NumPy does. Close it after use.
func OpenNPZ(path string) (*NPZ, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	z, err := newNPZ(file, info.Size())
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	z.closer = file
	return z, nil
}

// newNPZ reads the directory of the archive in the first size bytes of r.
func newNPZ(r io.ReaderAt, size int64) (*NPZ, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	z := &NPZ{members: map[string]*zip.File{}}
	for _, member := range archive.File {
		name, ok := strings.CutSuffix(member.Name, ".npy")
		if !ok {
			continue
		}
		if z.members[name] != nil {
			return nil, fmt.Errorf("npz: member %q twice", name)
		}
		z.members[name] = member
		z.names = append(z.names, name)
	}
	return z, nil
}

// Names returns the members' names, without .npy, in the archive's order.
func (z *NPZ) Names() []string { return append([]string(nil), z.names...) }

// Close closes the file.
func (z *NPZ) Close() error {
	if z.closer == nil {
		return nil
	}
	return z.closer.Close()
}

// Header returns the element type and the shape of a member without reading
// its elements.
func (z *NPZ) Header(name string) (Type, []int, error) {
	member, content, err := z.open(name)
	if err != nil {
		return 0, nil, err
	}
	defer content.Close()
	h, err := readNPYHeader(content)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", member.Name, err)
	}
	return h.elementType, h.shape, nil
}

// Read reads one member, with the rules and errors of [ReadNPY]. Its size and
// checksum must be those in the archive's directory.
func (z *NPZ) Read(name string) (*Array, error) {
	member, content, err := z.open(name)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	// The directory's size is a claim, not a delivery.
	var stream io.Reader = content
	from := unknown()
	from.packed = int64(member.CompressedSize64)
	if z.ctx != nil {
		stream, from.ctx = within.Reader(z.ctx, content), z.ctx
	}
	a, err := readNPY(io.LimitReader(stream, int64(member.UncompressedSize64)), from)
	if err == nil {
		err = expectEnd(content)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", member.Name, err)
	}
	return a, nil
}

// open checks a member's directory entry and returns its content.
func (z *NPZ) open(name string) (*zip.File, io.ReadCloser, error) {
	member := z.members[name]
	if member == nil {
		return nil, nil, fmt.Errorf("npz: no member %q, found %s", name, z.describe())
	}
	const encrypted = 0x1
	const slack = 64 // an empty deflate stream still has a few bits
	packed, size := member.CompressedSize64, member.UncompressedSize64
	switch {
	case member.Flags&encrypted != 0:
		return nil, nil, fmt.Errorf("%s: the member is encrypted", member.Name)
	case member.Method == zip.Store && packed != size:
		return nil, nil, fmt.Errorf("%s: stored member of %d bytes declares %d", member.Name, packed, size)
	case member.Method == zip.Deflate && size/maxDeflateRatio > packed+slack:
		return nil, nil, fmt.Errorf("%s: %d bytes cannot expand to the declared %d", member.Name, packed, size)
	case size > unzip.Free && size/unzip.Ratio > packed:
		return nil, nil, fmt.Errorf("%s: %w", member.Name, unzip.TooFar(unzip.Free))
	case member.Method != zip.Store && member.Method != zip.Deflate:
		return nil, nil, fmt.Errorf("%s: compression method %d, want stored or deflate", member.Name, member.Method)
	}
	content, err := member.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", member.Name, err)
	}
	return member, content, nil
}

// describe lists the members with type and shape, for error messages.
func (z *NPZ) describe() string {
	if len(z.names) == 0 {
		return "no arrays"
	}
	const most = 20
	var list []string
	for i, name := range z.names {
		if i == most {
			list = append(list, fmt.Sprintf("and %d more", len(z.names)-most))
			break
		}
		t, shape, err := z.Header(name)
		if err != nil {
			list = append(list, name+" (unreadable)")
			continue
		}
		list = append(list, fmt.Sprintf("%s %v %s", name, t, shapeString(shape)))
	}
	return strings.Join(list, ", ")
}

// ReadNPZ reads the named members of the archive at path, or all of them when
// no names are given.
func ReadNPZ(path string, names ...string) (map[string]*Array, error) {
	z, err := OpenNPZ(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	if len(names) == 0 {
		names = z.names
	}
	arrays := make(map[string]*Array, len(names))
	for _, name := range names {
		if arrays[name], err = z.Read(name); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return arrays, nil
}

// Member is an array with its name in a .npz archive.
type Member struct {
	Name  string // without .npy
	Array *Array
}

// WriteNPZ writes members, in their order, as an uncompressed .npz archive;
// for each the rules of [WriteNPY] hold. Names must be distinct and not empty.
// The same members always give the same bytes, and the file appears whole or
// not at all.
func WriteNPZ(path string, members ...Member) error {
	return atomicfile.Write(path, func(w io.Writer) error { return encodeNPZ(w, members) })
}

// encodeNPZ writes members to w.
func encodeNPZ(w io.Writer, members []Member) error {
	archive := zip.NewWriter(w)
	seen := map[string]bool{}
	for _, m := range members {
		if m.Name == "" || seen[m.Name] {
			return fmt.Errorf("npz: member name %q is empty or used twice", m.Name)
		}
		seen[m.Name] = true
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: m.Name + ".npy", Method: zip.Store})
		if err != nil {
			return fmt.Errorf("npz: member %q: %w", m.Name, err)
		}
		if err := EncodeNPY(entry, m.Array); err != nil {
			return fmt.Errorf("npz: member %q: %w", m.Name, err)
		}
	}
	return archive.Close()
}
