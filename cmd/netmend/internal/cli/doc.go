// Package cli is what the commands of netmend have in common: how a command line is parsed
// and explained (on package cobra), limits of time and memory, progress, files that appear
// together or not at all, numbers in text and JSON.
//
// A [Command] declares its flags and returns its work; [Program.Run] does that work within
// the limits of an [Invocation]. Judgement is not here, but in the library.
package cli
