package route

import (
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"attune/internal/seal"
)

// Names of the fields that part "guard" puts into forms that anyone may send (security.md S-79).
const (
	StampField = "stamp" // when the form was given out, signed
	TrapField  = "url"   // nobody sees it; only programs fill it in
)

// GuardFields are the fields of part "guard", to be declared with those of its form.
var GuardFields = []Field{{Name: StampField, Max: 80, Line: true}, {Name: TrapField, Max: 2000}}

// fillTime is how long a person takes at least to fill in a form.
const fillTime = 3 * time.Second

// Stamp is what part "guard" takes: the moment at which a form is given out, signed. A form that comes back with faults
// keeps the stamp that it had.
func (v *Visit) Stamp() (string, error) {
	if _, ok := v.stamped(); ok {
		return v.Form.Text(StampField), nil
	}
	return v.sign(strconv.FormatInt(v.DB.Now().UnixMicro(), 36))
}

func (v *Visit) sign(at string) (string, error) {
	index, err := seal.Blind(v.Context(), v.DB, "form stamp", at)
	if err != nil {
		return "", err
	}
	return at + "." + base64.RawURLEncoding.EncodeToString(index), nil
}

// stamped is when the form was given out; false where it says nothing that we signed.
func (v *Visit) stamped() (time.Time, bool) {
	sent := v.Form.Text(StampField)
	at, _, _ := strings.Cut(sent, ".")
	micro, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return time.Time{}, false
	}
	signed, err := v.sign(at)
	if err != nil || subtle.ConstantTimeCompare([]byte(signed), []byte(sent)) != 1 {
		return time.Time{}, false
	}
	return time.UnixMicro(micro), true
}

// Automatic reports whether a program, and no person, sent the form: it filled in what nobody sees, was faster than
// people are, or never fetched the form. Its sender is answered as a person is, and nothing is kept.
func (v *Visit) Automatic() bool {
	given, ok := v.stamped()
	if !ok || v.Form.Has(TrapField) {
		return true
	}
	took := v.DB.Now().Sub(given)
	return took != 0 && took < fillTime // a clock that stands still, as in tests, tells nothing
}
