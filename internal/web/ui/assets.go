package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/minify/v2/svg"
)

//go:embed assets
var assetFiles embed.FS

// sheets are the style sheets of each shell, in the order of the cascade.
var sheets = [...]struct {
	name  string
	files []string
}{
	Public:   {"public", []string{"tokens", "base", "site", "modes"}},
	Client:   {"client", []string{"tokens", "base", "app", "record", "modes"}},
	Staff:    {"staff", []string{"tokens", "base", "app", "record", "day", "modes"}},
	Calendar: {"calendar", []string{"tokens", "base", "app", "calendar", "modes"}},
	Crisis:   {"crisis", []string{"crisis"}},
}

// asset is one file as it is served.
type asset struct {
	body, zipped []byte
	contentType  string
	cacheControl string
}

const (
	typeCSS    = "text/css; charset=utf-8"
	typeScript = "text/javascript; charset=utf-8"
	typeSVG    = "image/svg+xml"

	cacheForever = "public, max-age=31536000, immutable" // the name changes with the bytes
	cacheDay     = "public, max-age=86400"

	iconPath = "/assets/icon.svg"
)

// shelf is all assets by path, with the paths that pages name.
type shelf struct {
	assets map[string]asset
	styles [len(sheets)]string
	script string
	// passkey is the script of the few pages on which a passkey is made or used.
	passkey string
}

// StylePath is where the shell's style sheet is served.
func StylePath(s Shell) string { return stocked().styles[s] }

// ScriptPath is where the one script of all pages is served.
func ScriptPath() string { return stocked().script }

// PasskeyPath is where the script is served that pages about passkeys add to it.
func PasskeyPath() string { return stocked().passkey }

// Assets serves styles, script and icon under /assets/. Their names carry a hash of
// their bytes, so a browser may keep them forever.
func Assets() http.Handler {
	all := stocked().assets
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := all[path.Clean(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		body := a.body
		header := w.Header()
		header.Set("Content-Type", a.contentType)
		header.Set("Cache-Control", a.cacheControl)
		header.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			header.Set("Content-Encoding", "gzip")
			body = a.zipped
		}
		header.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // the reader has gone: nobody is left to tell
	})
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, 12.5.3).
func acceptsGzip(header string) bool {
	for _, offer := range strings.Split(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(offer), ";")
		if strings.TrimSpace(coding) != "gzip" {
			continue
		}
		_, q, found := strings.Cut(weight, "=")
		value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !found || err == nil && value > 0
	}
	return false
}

// stocked reads, joins, minifies and names the embedded assets, once. They are part
// of the program, so one that does not minify is a bug that any test meets.
var stocked = sync.OnceValue(func() shelf {
	s := shelf{assets: map[string]asset{}}
	small := minify.New()
	small.AddFunc("text/css", css.Minify)
	small.AddFunc("text/javascript", js.Minify)
	small.AddFunc("image/svg+xml", svg.Minify)
	for shell, sheet := range sheets {
		var text bytes.Buffer
		for _, file := range sheet.files {
			text.Write(read(file + ".css"))
		}
		s.styles[shell] = s.add(small, sheet.name, "css", typeCSS, text.Bytes())
	}
	s.script = s.add(small, "attune", "js", typeScript, read("attune.js"))
	s.passkey = s.add(small, "passkey", "js", typeScript, read("passkey.js"))
	icon := pressed(small, typeSVG, read("icon.svg"))
	icon.cacheControl = cacheDay
	s.assets[iconPath] = icon
	return s
})

// add puts text on the shelf under a name with a hash and returns its path.
func (s *shelf) add(small *minify.M, name, ext, contentType string, text []byte) string {
	a := pressed(small, contentType, text)
	sum := sha256.Sum256(a.body)
	at := fmt.Sprintf("/assets/%s.%s.%s", name, hex.EncodeToString(sum[:6]), ext)
	s.assets[at] = a
	return at
}

// pressed minifies and compresses text.
func pressed(small *minify.M, contentType string, text []byte) asset {
	kind, _, _ := strings.Cut(contentType, ";")
	body, err := small.Bytes(kind, text)
	if err != nil {
		panic(fmt.Sprintf("minify %s: %v", kind, err))
	}
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression) // the level is a valid constant
	_, _ = z.Write(body)                                       // a buffer takes every write
	_ = z.Close()
	return asset{body: body, zipped: zipped.Bytes(), contentType: contentType, cacheControl: cacheForever}
}

func read(name string) []byte {
	text, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	return text
}

var symbol = regexp.MustCompile(`<symbol id="i-([a-z]+)".*</symbol>`)

// icons are the symbols of assets/icons.svg by name.
var icons = sync.OnceValue(func() map[string]string {
	named := map[string]string{}
	for _, found := range symbol.FindAllSubmatch(read("icons.svg"), -1) {
		named[string(found[1])] = string(found[0])
	}
	return named
})
