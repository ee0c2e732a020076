package ui

import (
	"net/url"
	"strings"
	"unicode"
)

// SamePath is path, with its query, if it stays on this site; else otherwise. Whatever a browser might read as another
// site is refused: a scheme, a host, two slashes or a backslash, also when they are escaped (security.md S-46).
func SamePath(path, otherwise string) string {
	at, err := url.Parse(path)
	if err != nil || at.Scheme != "" || at.Host != "" || at.User != nil || at.Opaque != "" {
		return otherwise
	}
	strange := func(r rune) bool { return r == '\\' || unicode.IsControl(r) || r == unicode.ReplacementChar }
	if !strings.HasPrefix(at.Path, "/") || strings.HasPrefix(at.Path, "//") || strings.ContainsFunc(at.Path, strange) {
		return otherwise
	}
	clean := url.URL{Path: at.Path, RawQuery: at.RawQuery}
	return clean.String()
}
