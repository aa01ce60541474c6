//go:build !unix

package atomicfile

import "os"

// There are no FIFOs to wait for.
const withoutWaiting = 0

func nobodyReads(error) bool { return false }

// severalNames: hard links are not looked for.
func severalNames(os.FileInfo) bool { return false }
