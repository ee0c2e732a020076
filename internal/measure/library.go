package measure

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed instruments
var files embed.FS

// Library is the instruments that Attune ships. It is read only.
type Library struct {
	all []*Instrument // by id
}

// Instruments is every embedded instrument file, loaded and checked once. An error means that the program was built from
// a faulty file.
func Instruments() (*Library, error) { return embedded() }

var embedded = sync.OnceValues(load)

func load() (*Library, error) {
	var lib Library
	err := fs.WalkDir(files, "instruments", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		ins, err := Parse(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if want := strings.TrimSuffix(path.Base(name), ".json"); ins.ID != want {
			return fmt.Errorf("%s: its id is %q, want %q", name, ins.ID, want)
		}
		lib.all = append(lib.all, ins)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(lib.all, func(a, b *Instrument) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(lib.all); i++ {
		if lib.all[i].ID == lib.all[i-1].ID {
			return nil, fmt.Errorf("instrument %s is there twice", lib.all[i].ID)
		}
	}
	return &lib, nil
}

// All are the instruments by id, skeletons among them.
func (l *Library) All() []*Instrument { return slices.Clone(l.all) }

// Instrument is the one of that id.
func (l *Library) Instrument(id string) (*Instrument, bool) {
	i, ok := slices.BinarySearchFunc(l.all, id, func(ins *Instrument, id string) int { return cmp.Compare(ins.ID, id) })
	if !ok {
		return nil, false
	}
	return l.all[i], true
}

// Parse reads one instrument file. Unknown fields, anything after the JSON value, and whatever could not be asked or
// scored as the file says are refused with a sentence that names the place.
func Parse(data []byte) (*Instrument, error) {
	ins := new(Instrument)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(ins); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("there is more after the end of the instrument")
	}
	for i := range ins.Items {
		if item := &ins.Items[i]; item.Type != TextType && len(item.Options) == 0 {
			item.Options = slices.Clone(ins.Options)
		}
	}
	if err := ins.validate(); err != nil {
		return nil, err
	}
	hash := sha256.Sum256(data)
	ins.Hash = hex.EncodeToString(hash[:])
	return ins, nil
}

// Wording is what a practice fills a skeleton with, from its own licensed copy.
type Wording struct {
	Permission   string            `json:"permission"` // held by whom, granted by whom, until when; required
	Instructions string            `json:"instructions"`
	Stem         string            `json:"stem"`
	Items        map[string]string `json:"items"` // text by link id; every item
	// Options are the labels of an item's options in the order of the file, by link id; under "" those of every item without
	// options of its own.
	Options map[string][]string `json:"options"`
}

// Fill is the skeleton with the practice's wording: a form that can be assigned and scored. Its Hash covers the wording
// too. It refuses a form that is no skeleton, a missing permission, a missing or blank text or label, and texts for what
// the form does not ask.
func (ins *Instrument) Fill(w Wording) (*Instrument, error) {
	switch {
	case !ins.Skeleton():
		return nil, fmt.Errorf("%s has its wording: only skeletons are filled", ins.ID)
	case strings.TrimSpace(w.Permission) == "":
		return nil, errors.New("the permission is missing: record who granted it, who holds it and until when")
	}
	filled := *ins
	filled.Permission, filled.Instructions = w.Permission, w.Instructions
	if w.Stem != "" {
		filled.Stem = &w.Stem
	}
	filled.Items = make([]Item, len(ins.Items))
	for i, item := range ins.Items {
		text := w.Items[item.LinkID]
		item.Text = &text
		labels, own := w.Options[item.LinkID]
		if !own {
			labels = w.Options[""]
		}
		if len(labels) != len(item.Options) {
			return nil, fmt.Errorf("item %s has %d options, but %d labels were given", item.LinkID, len(item.Options), len(labels))
		}
		item.Options = slices.Clone(item.Options)
		for j := range labels {
			item.Options[j].Label = &labels[j]
		}
		filled.Items[i] = item
	}
	if err := w.fits(&filled); err != nil {
		return nil, err
	}
	wording, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(append([]byte(ins.Hash+"\n"), wording...))
	filled.Hash = hex.EncodeToString(hash[:])
	return &filled, nil
}

// fits checks that nothing is blank, and that nothing was given for an item that is not there.
func (w Wording) fits(filled *Instrument) error {
	for _, linkID := range slices.Concat(sortedKeys(w.Items), sortedKeys(w.Options)) {
		if _, ok := filled.Item(linkID); !ok && linkID != "" {
			return fmt.Errorf("there is no item %q to word", linkID)
		}
	}
	for _, item := range filled.Items {
		if blank(item.Text) {
			return fmt.Errorf("item %s has no text", item.LinkID)
		}
		if slices.ContainsFunc(item.Options, func(o Option) bool { return blank(o.Label) }) {
			return fmt.Errorf("item %s has an option without a label", item.LinkID)
		}
	}
	return nil
}
