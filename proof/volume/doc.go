// Package volume encloses volumes of polytopes.
package volume
