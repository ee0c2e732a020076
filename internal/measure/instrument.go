// Package measure is questionnaires as data: asking, answering and scoring them.
package measure

import "strings"

// Instrument is one questionnaire, as its file describes it. It is read only: a change of wording is a new version.
type Instrument struct {
	ID                string            `json:"id"`
	Title             string            `json:"title"`
	ShortTitle        string            `json:"short_title"`
	Version           string            `json:"version"`
	SchemaVersion     string            `json:"schema_version"` // "1"
	Verdict           string            `json:"verdict"`
	Licence           string            `json:"licence"`
	LicenceClass      string            `json:"licence_class"`
	LicenceConditions []string          `json:"licence_conditions"`
	LicenceEvidence   []LicenceEvidence `json:"licence_evidence"`
	Attribution       string            `json:"attribution"` // to be shown with the form
	Source            string            `json:"source"`
	Construct         string            `json:"construct"`
	Admin             Admin             `json:"admin"`
	RecallPeriod      string            `json:"recall_period"`
	Language          string            `json:"language"`
	Instructions      string            `json:"instructions"`
	Stem              *string           `json:"stem"`
	Items             []Item            `json:"items"`
	Options           []Option          `json:"options"` // of every item without its own
	Scoring           Scoring           `json:"scoring"`
	Subscales         []Subscale        `json:"subscales"`
	Derived           []Derived         `json:"derived"`
	Algorithms        []Algorithm       `json:"algorithms"`
	Bands             []Band            `json:"bands"` // by rising Min; empty where none are published
	Cutoff            *Cutoff           `json:"cutoff"`
	ReliableChange    ReliableChange    `json:"reliable_change"`
	Direction         string            `json:"direction"` // HigherIsBetter or HigherIsWorse
	SafetyRules       []Rule            `json:"safety"`
	PanelLOINC        *string           `json:"panel_loinc"`
	TotalLOINC        *string           `json:"total_loinc"`
	TerminologyNotice *string           `json:"terminology_notice"`
	Notes             []string          `json:"notes"`
	Verification      Verification      `json:"verification"`
	Examples          []Example         `json:"examples"`

	// Hash is the SHA-256 of the file in hexadecimal, and of the wording with it where a practice filled a skeleton. It is
	// stored with each response.
	Hash string `json:"-"`
	// Permission is what a practice recorded of its right to use a skeleton's wording: from whom, held by whom, until when.
	Permission string `json:"-"`
}

// The directions of a score.
const (
	HigherIsBetter = "higher_is_better"
	HigherIsWorse  = "higher_is_worse"
)

// skeletonClass is the licence class of files without wording.
const skeletonClass = "skeleton-no-text"

// LicenceEvidence is one statement about the licence, with how it was verified.
type LicenceEvidence struct {
	Quote  string `json:"quote"` // literal, or empty
	URL    string `json:"url"`
	Via    string `json:"via"`
	Status string `json:"status"`
}

// Admin is how and when the form is given.
type Admin struct {
	Questions int      `json:"n_items"`
	Minutes   float64  `json:"minutes"`
	Use       []string `json:"use"` // such as "intake", "session-after"
}

// Item is one question.
type Item struct {
	LinkID     string     `json:"link_id"`
	Text       *string    `json:"text"` // null in a skeleton that is not filled
	LOINC      string     `json:"loinc"`
	Type       string     `json:"type"`     // "" for one of Options, TextType for free words
	Reverse    bool       `json:"reverse"`  // scored as lowest + highest option − raw
	Scored     *bool      `json:"scored"`   // null means yes
	Optional   bool       `json:"optional"` // need not be answered; it changes no score
	Subscale   string     `json:"subscale"`
	Options    []Option   `json:"options"` // its own, or once loaded those of the instrument
	EnableWhen *Condition `json:"enable_when"`
}

// TextType is the type of an item that is answered in free words.
const TextType = "text"

// Counts reports whether the item enters scores.
func (i Item) Counts() bool { return i.Scored == nil || *i.Scored }

// Option is one answer to choose.
type Option struct {
	Value Value   `json:"value"`
	Label *string `json:"label"` // null in a skeleton that is not filled
	LOINC string  `json:"loinc"`
}

// Condition shows an item only when it holds: either Item equals Equals, or any row of AnyOf.
type Condition struct {
	Item   string   `json:"item"`
	Equals Value    `json:"equals"`
	AnyOf  []Clause `json:"any_of"`
}

// Clause is one row of a condition: LinkID is answered with one of In, or Context holds.
type Clause struct {
	LinkID  string  `json:"link_id"`
	In      []Value `json:"in"`
	Context string  `json:"context"`
}

// Scoring is how the total comes about.
type Scoring struct {
	Method      string      `json:"method"`     // MethodSum, MethodMean or MethodNone
	Multiplier  float64     `json:"multiplier"` // 0 means 1
	Decimals    *int        `json:"decimals"`   // of a mean; null means 2
	Range       []float64   `json:"range"`      // lowest and highest score; null where there is no total
	MissingRule MissingRule `json:"missing_rule"`
	Note        string      `json:"note"`
}

// The methods of scoring.
const (
	MethodSum  = "sum"
	MethodMean = "mean"
	MethodNone = "none" // subscales only
)

// MissingRule is what happens to gaps.
type MissingRule struct {
	Type       string `json:"type"`        // RequireAll, Prorate or Ignore
	MaxMissing int    `json:"max_missing"` // gaps that Prorate bears
	Rounding   string `json:"rounding"`    // of a prorated sum: HalfUp to an integer, or "none"
	Note       string `json:"note"`
}

// The types of missing rule, and the rounding.
const (
	RequireAll = "require_all"
	Prorate    = "prorate"
	Ignore     = "ignore"
	HalfUp     = "half_up"
)

// Subscale is a score over some of the items.
type Subscale struct {
	ID             string          `json:"id"`
	Label          string          `json:"label"`
	Items          []string        `json:"items"`
	Method         string          `json:"method"`
	Multiplier     float64         `json:"multiplier"` // 0 means 1
	Range          []float64       `json:"range"`
	Angle          *float64        `json:"angle"`        // of an octant, in degrees
	MissingRule    *MissingRule    `json:"missing_rule"` // null: the instrument's
	Bands          []Band          `json:"bands"`
	Cutoff         *Cutoff         `json:"cutoff"`
	Norm           *Norm           `json:"norm"`
	ReliableChange *ReliableChange `json:"reliable_change"`
}

// Norm is a sample's mean and SD of a subscale.
type Norm struct {
	Mean   float64 `json:"mean"`
	SD     float64 `json:"sd"`
	Sample string  `json:"sample"`
	Status string  `json:"status"`
}

// Derived is Σ weight × subscale.
type Derived struct {
	ID      string             `json:"id"`
	Label   string             `json:"label"`
	Weights map[string]float64 `json:"weights"`
	Note    string             `json:"note"`
}

// Algorithm is a provisional criterion, for clinicians only: every row must hold.
type Algorithm struct {
	ID     string         `json:"id"`
	Label  string         `json:"label"`
	AllOf  []AlgorithmRow `json:"all_of"`
	Source string         `json:"source"`
}

// AlgorithmRow holds when at least AtLeast of Items have a raw value of MinValue or more.
type AlgorithmRow struct {
	Items        []string           `json:"items"`
	MinValue     float64            `json:"min_value"`
	AtLeast      int                `json:"at_least"`
	ItemMinValue map[string]float64 `json:"item_min_value"` // instead of MinValue
}

// Band names a range of scores: the last band whose Min is at or below the score.
type Band struct {
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Label  string  `json:"label"`
	Source string  `json:"source"`
}

// Cutoff separates scores: those to which Comparator Value applies are on the side that Meaning names.
type Cutoff struct {
	Value        float64    `json:"value"`
	Comparator   Comparator `json:"comparator"`
	Meaning      string     `json:"meaning"`
	Source       string     `json:"source"`
	AppliesTo    string     `json:"applies_to"` // "subscales", or empty for the total
	Alternatives []Cutoff   `json:"alternatives"`
}

// Comparator is ">=", ">", "<=" or "<".
type Comparator string

// Holds reports whether x stands to y as the comparator says.
func (c Comparator) Holds(x, y float64) bool {
	switch c {
	case ">=":
		return x >= y
	case ">":
		return x > y
	case "<=":
		return x <= y
	case "<":
		return x < y
	}
	return false
}

// ReliableChange is what is known of the error of a score.
type ReliableChange struct {
	SD              *float64 `json:"sd"`
	Reliability     *float64 `json:"reliability"`
	ReliabilityType *string  `json:"reliability_type"`
	Sample          *string  `json:"sample"`
	Source          *string  `json:"source"`
	RCI             *float64 `json:"rci"` // a change of at least this is reliable; null: make no claim
	RCISource       *string  `json:"rci_source"`
	Status          string   `json:"status"`
	Note            string   `json:"note"`
}

// Verification is how the parts of the file were checked.
type Verification struct {
	Wording        string   `json:"wording"`
	WordingSources []string `json:"wording_sources"`
	Licence        string   `json:"licence"`
	Scoring        string   `json:"scoring"`
	LOINC          string   `json:"loinc"`
	Psychometrics  string   `json:"psychometrics"`
}

// Example is a form worked by hand.
type Example struct {
	Answers       Answers             `json:"answers"`
	Score         *float64            `json:"score"`
	Subscales     map[string]*float64 `json:"subscales"`
	SubscaleBands map[string]string   `json:"subscale_bands"`
	Derived       map[string]*float64 `json:"derived"`
	Algorithms    map[string]bool     `json:"algorithms"`
	Band          *string             `json:"band"`
	Safety        []string            `json:"safety"` // "item:level"
	Note          string              `json:"note"`
}

// Item is the item of that link id.
func (ins *Instrument) Item(linkID string) (Item, bool) {
	for _, item := range ins.Items {
		if item.LinkID == linkID {
			return item, true
		}
	}
	return Item{}, false
}

// Skeleton reports whether the file holds scoring facts only, its wording being the practice's to fill.
func (ins *Instrument) Skeleton() bool { return ins.LicenceClass == skeletonClass }

// Ready reports whether the form may be assigned and scored: every item and option has its wording, and a skeleton a recorded
// permission.
func (ins *Instrument) Ready() bool {
	if ins.Skeleton() && strings.TrimSpace(ins.Permission) == "" {
		return false
	}
	for _, item := range ins.Items {
		if blank(item.Text) {
			return false
		}
		for _, option := range item.Options {
			if blank(option.Label) {
				return false
			}
		}
	}
	return true
}

// RecoveryCutoff is the cut-off that counts as a case when recovery is worked out: an alternative that the file calls
// caseness (GAD-7: 8, where the band is for screening), else the main one of the total. False where there is none.
func (ins *Instrument) RecoveryCutoff() (Cutoff, bool) {
	if ins.Cutoff == nil || ins.Cutoff.AppliesTo != "" {
		return Cutoff{}, false
	}
	for _, other := range ins.Cutoff.Alternatives {
		if strings.Contains(other.Meaning, "caseness") {
			return other, true
		}
	}
	return *ins.Cutoff, true
}

func blank(s *string) bool { return s == nil || strings.TrimSpace(*s) == "" }
