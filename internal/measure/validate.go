package measure

import (
	"fmt"
	"math"
	"slices"
)

// validate refuses a file that could not be asked or scored as it says.
func (ins *Instrument) validate() error {
	for _, check := range []func() error{
		ins.checkHead, ins.checkItems, ins.checkConditions, ins.checkScoring, ins.checkSubscales, ins.checkAlgorithms,
		ins.checkSafety, ins.checkExamples,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (ins *Instrument) checkHead() error {
	if ins.ID == "" || ins.Title == "" || ins.ShortTitle == "" || ins.Version == "" {
		return fmt.Errorf("id, title, short_title and version are needed")
	}
	return firstWrong([]choice{
		{"schema_version", ins.SchemaVersion, []string{"1"}},
		{"direction", ins.Direction, []string{HigherIsBetter, HigherIsWorse}},
		{"verdict", ins.Verdict, []string{"bundle", "bundle-with-attribution", "user-licence", "project-owned-draft"}},
		{"licence_class", ins.LicenceClass, []string{"public-domain", "permission-free", "open-licence", "author-grant",
			"conditional-grant", skeletonClass, "project-owned"}},
	})
}

// choice is a field with one of few values.
type choice struct {
	field, value string
	known        []string
}

func firstWrong(choices []choice) error {
	for _, c := range choices {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("%s is %q, want one of %q", c.field, c.value, c.known)
		}
	}
	return nil
}

func (ins *Instrument) checkItems() error {
	if len(ins.Items) == 0 {
		return fmt.Errorf("there are no items")
	}
	seen := map[string]bool{}
	for _, item := range ins.Items {
		if item.LinkID == "" || seen[item.LinkID] {
			return fmt.Errorf("item %q: its link_id is empty or there twice", item.LinkID)
		}
		seen[item.LinkID] = true
		if err := item.check(ins.Skeleton()); err != nil {
			return fmt.Errorf("item %s: %w", item.LinkID, err)
		}
	}
	return nil
}

func (i Item) check(skeleton bool) error {
	if blank(i.Text) != skeleton {
		return fmt.Errorf("skeletons, and only they, have no text")
	}
	if i.Type == TextType {
		if i.Counts() || len(i.Options) > 0 || i.Reverse {
			return fmt.Errorf("free words cannot be scored and have no options")
		}
		return nil
	}
	if i.Type != "" || len(i.Options) < 2 {
		return fmt.Errorf("its type is %q with %d options, want text, or none with two options or more", i.Type, len(i.Options))
	}
	for n, option := range i.Options {
		before := slices.ContainsFunc(i.Options[:n], func(o Option) bool { return o.Value == option.Value })
		_, number := option.Value.Number()
		switch {
		case !option.Value.Answered() || before:
			return fmt.Errorf("option %d has no value of its own", n+1)
		case i.Counts() && !number:
			return fmt.Errorf("option %d counts but is not a number", n+1)
		case blank(option.Label) != skeleton:
			return fmt.Errorf("option %d: skeletons, and only they, have no labels", n+1)
		}
	}
	return nil
}

// checkConditions wants every condition to look at an earlier item and at answers that it can have.
func (ins *Instrument) checkConditions() error {
	for n, item := range ins.Items {
		if item.EnableWhen == nil {
			continue
		}
		rows := item.EnableWhen.AnyOf
		if (len(rows) > 0) == (item.EnableWhen.Item != "") {
			return fmt.Errorf("item %s: enable_when needs either item and equals, or any_of", item.LinkID)
		}
		if len(rows) == 0 {
			rows = []Clause{{LinkID: item.EnableWhen.Item, In: []Value{item.EnableWhen.Equals}}}
		}
		for _, row := range rows {
			if err := row.check(ins.Items[:n]); err != nil {
				return fmt.Errorf("item %s: enable_when %w", item.LinkID, err)
			}
		}
	}
	return nil
}

func (c Clause) check(earlier []Item) error {
	if c.Context != "" {
		if c.Context != openRupture || c.LinkID != "" || len(c.In) > 0 {
			return fmt.Errorf("knows the context %q alone, got %q", openRupture, c.Context)
		}
		return nil
	}
	at := slices.IndexFunc(earlier, func(i Item) bool { return i.LinkID == c.LinkID })
	if at < 0 || len(c.In) == 0 {
		return fmt.Errorf("looks at %q, which is no earlier item, or at none of its answers", c.LinkID)
	}
	for _, value := range c.In {
		if !earlier[at].allows(value) {
			return fmt.Errorf("waits for %q, which %s has no option for", value, c.LinkID)
		}
	}
	return nil
}

func (ins *Instrument) checkScoring() error {
	var counting []string
	for _, item := range ins.Items {
		if item.Counts() {
			counting = append(counting, item.LinkID)
		}
	}
	if err := ins.Scoring.check(len(counting), true); err != nil {
		return fmt.Errorf("scoring: %w", err)
	}
	if ins.Scoring.Method == MethodNone {
		if len(ins.Bands) > 0 || ins.Scoring.Range != nil || len(ins.Subscales) == 0 {
			return fmt.Errorf("scoring: method none needs subscales, and has no range and no bands")
		}
	} else if err := ins.checkRange(counting, ins.Scoring); err != nil {
		return fmt.Errorf("scoring: %w", err)
	}
	if rci := ins.ReliableChange.RCI; rci != nil && !(*rci > 0) {
		return fmt.Errorf("reliable_change: the rci must be above 0")
	}
	if err := ins.Cutoff.check(); err != nil {
		return err
	}
	return checkBands(ins.Bands)
}

// check refuses methods and missing rules that are not described, for a score over so many items.
func (r Scoring) check(items int, total bool) error {
	methods := []string{MethodSum, MethodMean}
	if total {
		methods = append(methods, MethodNone)
	}
	err := firstWrong([]choice{
		{"method", r.Method, methods},
		{"missing_rule.type", r.MissingRule.Type, []string{RequireAll, Prorate, Ignore}},
		{"missing_rule.rounding", r.MissingRule.Rounding, []string{"", "none", HalfUp}},
	})
	if err != nil {
		return err
	}
	prorate := r.MissingRule.Type == Prorate
	switch {
	case prorate && (r.MissingRule.MaxMissing < 1 || r.MissingRule.MaxMissing >= max(items, 2)):
		return fmt.Errorf("missing_rule: max_missing of %d does not fit %d items", r.MissingRule.MaxMissing, items)
	case prorate != (r.MissingRule.Rounding != ""):
		return fmt.Errorf("missing_rule: rounding belongs to prorate, and prorate needs it")
	case r.Method == MethodMean && r.MissingRule.Rounding == HalfUp:
		return fmt.Errorf("missing_rule: a mean is rounded to its decimals, not to an integer")
	case r.Decimals != nil && (*r.Decimals < 0 || *r.Decimals > 6):
		return fmt.Errorf("decimals of %d cannot be", *r.Decimals)
	case r.Multiplier < 0 || math.IsInf(r.Multiplier, 0):
		return fmt.Errorf("a multiplier of %v cannot be", r.Multiplier)
	}
	return nil
}

// checkRange wants the lowest and highest answers to give the lowest and highest score that the file states.
func (ins *Instrument) checkRange(items []string, rule Scoring) error {
	if len(items) == 0 {
		return fmt.Errorf("no item counts")
	}
	var low, high float64
	for _, linkID := range items {
		item, _ := ins.Item(linkID)
		bottom, top := item.ends()
		if item.EnableWhen != nil {
			bottom = min(bottom, 0) // an item that is not shown counts as 0
		}
		low, high = low+bottom, high+top
	}
	low, high = rule.score(low, len(items), len(items)), rule.score(high, len(items), len(items))
	if len(rule.Range) != 2 || math.Abs(rule.Range[0]-low) > 1e-9 || math.Abs(rule.Range[1]-high) > 1e-9 {
		return fmt.Errorf("the range is %v, but the items give %v to %v", rule.Range, low, high)
	}
	return nil
}

func (c *Cutoff) check() error {
	if c == nil {
		return nil
	}
	for _, one := range append([]Cutoff{*c}, c.Alternatives...) {
		if !slices.Contains([]Comparator{">=", ">", "<=", "<"}, one.Comparator) {
			return fmt.Errorf("cutoff: comparator %q is not known", one.Comparator)
		}
	}
	if c.AppliesTo != "" && c.AppliesTo != "subscales" {
		return fmt.Errorf("cutoff: applies_to %q is not known", c.AppliesTo)
	}
	return nil
}

func checkBands(bands []Band) error {
	for i, band := range bands {
		if band.Label == "" || band.Max < band.Min || i > 0 && band.Min <= bands[i-1].Max {
			return fmt.Errorf("band %d has no label, or does not follow the one before", i+1)
		}
	}
	return nil
}
