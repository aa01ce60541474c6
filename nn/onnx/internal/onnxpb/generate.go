package onnxpb

// protoc is Debian's protobuf-compiler; protoc-gen-go is pinned to the version
// of google.golang.org/protobuf in go.mod.
//go:generate sh -c "GOBIN=$PWD/.bin go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12"
//go:generate protoc --plugin=protoc-gen-go=.bin/protoc-gen-go --go_out=. --go_opt=paths=source_relative --go_opt=Monnx.proto=github.com/netmend/netmend/nn/onnx/internal/onnxpb onnx.proto
//go:generate rm -rf .bin
