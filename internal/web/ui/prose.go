package ui

import (
	"bytes"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// OutPath is the page that stands before every address outside of the site (security.md S-46).
const OutPath = "/out"

// Prose renders a text of the practice, written in Markdown, as HTML: without HTML of its own, without pictures, with
// headings from the second level, and with links to this site, to mail and, by way of OutPath, to other sites.
func Prose(markdown string) template.HTML { return prose(markdown, byNotice) }

// ProseStraight is Prose with links that lead straight to other sites, for the crisis page: nothing may stand between.
func ProseStraight(markdown string) template.HTML { return prose(markdown, straight) }

// OutwardLinks are the addresses outside of the site that the text links to, in order, as Prose hands them to OutPath.
func OutwardLinks(markdown string) []string {
	var all []string
	prose(markdown, func(to string) string {
		all = append(all, to)
		return ""
	})
	return all
}

// ProseWords is how many words the text has, for how long it takes to read.
func ProseWords(markdown string) int { return len(strings.Fields(markdown)) }

func byNotice(to string) string { return OutPath + "?to=" + url.QueryEscape(to) }

func straight(to string) string { return to }

// outRel is the rel of links that lead outside.
const outRel = "nofollow noreferrer noopener"

var mdParser = sync.OnceValue(func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(extension.Linkify, extension.Strikethrough)).Parser()
})

var mdRenderer = sync.OnceValue(func() renderer.Renderer {
	return renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(html.NewRenderer(), 1000), // without html.WithUnsafe: raw HTML is left out
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500)))
})

// allowed is what may be in a text, whatever the renderer made of it: the second wall.
var allowed = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "strong", "em", "del", "ul", "ol", "li", "blockquote", "code", "pre")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + outRel + "$")).OnElements("a")
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	return p
})

func prose(markdown string, outward func(to string) string) template.HTML {
	source := []byte(markdown)
	doc := mdParser().Parse(text.NewReader(source))
	tame(doc, source, outward)
	var rendered bytes.Buffer
	if err := mdRenderer().Render(&rendered, source, doc); err != nil {
		return Lines(markdown) // a buffer takes every write, so only a bug leads here; the words are shown all the same
	}
	return template.HTML(allowed().SanitizeBytes(rendered.Bytes()))
}

// tame changes headings, pictures and links of the document into what a page may hold.
func tame(doc ast.Node, source []byte, outward func(string) string) {
	var nodes []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		if entering {
			nodes = append(nodes, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range nodes {
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = max(n.Level, 2)
		case *ast.Image:
			unwrap(n)
		case *ast.Link:
			n.Destination = resolved(n.Destination)
			link(n, n, outward)
		case *ast.AutoLink:
			words := ast.NewString(n.Label(source))
			plain := ast.NewLink()
			plain.Destination = n.URL(source)
			if n.AutoLinkType == ast.AutoLinkEmail {
				plain.Destination = append([]byte("mailto:"), bytes.TrimPrefix(plain.Destination, []byte("mailto:"))...)
			}
			plain.AppendChild(plain, words)
			n.Parent().ReplaceChild(n.Parent(), n, plain)
			link(plain, plain, outward)
		}
	}
}

// link keeps a link that leads where links may lead, and leaves only the words of any other.
func link(n *ast.Link, node ast.Node, outward func(string) string) {
	n.Title = nil
	switch to, kind := destination(string(n.Destination)); kind {
	case leadsOut:
		n.Destination = unresolved(outward(to))
		n.SetAttributeString("rel", []byte(outRel))
	case leadsHere:
		n.Destination = unresolved(to)
	default:
		unwrap(node)
	}
}

// resolved is a destination as the renderer will write it: with backslashes and references such as &sol; resolved. Judged
// before that, /&sol;host would pass for a path of this site.
func resolved(destination []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(destination)))
}

// unresolved is what the renderer resolves to the address.
func unresolved(address string) []byte { return []byte(strings.ReplaceAll(address, "&", "&amp;")) }

type leads int

const (
	leadsNowhere leads = iota
	leadsHere          // to this site, or to mail
	leadsOut           // to another site
)

// destination says where an address leads. An address that browsers read in more than one way leads nowhere.
func destination(address string) (string, leads) {
	if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return "", leadsNowhere
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", leadsNowhere
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil:
		return u.String(), leadsOut
	case u.Scheme == "mailto" && u.Opaque != "":
		return u.String(), leadsHere
	case u.Scheme == "" && u.Host == "" && (strings.HasPrefix(address, "#") || strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//")):
		return address, leadsHere
	}
	return "", leadsNowhere
}

// unwrap puts a node's children in its place.
func unwrap(n ast.Node) {
	parent := n.Parent()
	for child := n.FirstChild(); child != nil; {
		next := child.NextSibling()
		parent.InsertBefore(parent, n, child)
		child = next
	}
	parent.RemoveChild(parent, n)
}
