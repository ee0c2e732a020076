// Package analyze is the methods on files: each command of `attune analyze` reads CSV or JSON and answers JSON.
package analyze
