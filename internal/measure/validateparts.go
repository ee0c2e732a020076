package measure

import (
	"fmt"
	"slices"
)

func (ins *Instrument) checkSubscales() error {
	seen := map[string]bool{}
	for _, sub := range ins.Subscales {
		if sub.ID == "" || seen[sub.ID] {
			return fmt.Errorf("subscale %q: its id is empty or there twice", sub.ID)
		}
		seen[sub.ID] = true
		if err := ins.checkSubscale(sub); err != nil {
			return fmt.Errorf("subscale %s: %w", sub.ID, err)
		}
	}
	for _, derived := range ins.Derived {
		for _, id := range sortedKeys(derived.Weights) {
			if !seen[id] {
				return fmt.Errorf("derived %s: there is no subscale %q", derived.ID, id)
			}
		}
	}
	return nil
}

func (ins *Instrument) checkSubscale(sub Subscale) error {
	for i, linkID := range sub.Items {
		item, ok := ins.Item(linkID)
		if !ok || !item.Counts() || slices.Contains(sub.Items[:i], linkID) {
			return fmt.Errorf("item %q does not count, is not there, or is there twice", linkID)
		}
	}
	for _, item := range ins.Items {
		if item.Subscale == sub.ID && item.Counts() && !slices.Contains(sub.Items, item.LinkID) {
			return fmt.Errorf("item %s names it, but it does not name the item", item.LinkID)
		}
	}
	rule := Scoring{Method: sub.Method, Multiplier: sub.Multiplier, Range: sub.Range, MissingRule: MissingRule{Type: RequireAll}}
	if sub.MissingRule != nil { // the instrument's own was checked against all its items
		rule.MissingRule = *sub.MissingRule
	}
	if err := rule.check(len(sub.Items), false); err != nil {
		return err
	}
	if sub.Range != nil {
		if err := ins.checkRange(sub.Items, rule); err != nil {
			return err
		}
	}
	if err := sub.Cutoff.check(); err != nil {
		return err
	}
	return checkBands(sub.Bands)
}

func (ins *Instrument) checkAlgorithms() error {
	for _, algorithm := range ins.Algorithms {
		if algorithm.ID == "" || len(algorithm.AllOf) == 0 {
			return fmt.Errorf("algorithm %q: id and all_of are needed", algorithm.ID)
		}
		for i, row := range algorithm.AllOf {
			if row.AtLeast < 1 || row.AtLeast > len(row.Items) {
				return fmt.Errorf("algorithm %s, row %d: at_least %d of %d items cannot be", algorithm.ID, i+1, row.AtLeast, len(row.Items))
			}
			for _, linkID := range append(sortedKeys(row.ItemMinValue), row.Items...) {
				if _, ok := ins.Item(linkID); !ok || !slices.Contains(row.Items, linkID) {
					return fmt.Errorf("algorithm %s, row %d: %q is not one of its items", algorithm.ID, i+1, linkID)
				}
			}
		}
	}
	return nil
}

func (ins *Instrument) checkSafety() error {
	for i, rule := range ins.SafetyRules {
		_, item := ins.Item(rule.Item)
		if item == (rule.Score == Total) || rule.Item != "" && rule.Score != "" {
			return fmt.Errorf("safety rule %d looks at %q and %q, want an item or the total", i+1, rule.Item, rule.Score)
		}
		err := firstWrong([]choice{
			{"comparator", string(rule.Comparator), []string{">=", ">", "<=", "<"}},
			{"level", rule.Level, []string{Urgent, Prompt, Review, Process}},
		})
		if err != nil {
			return fmt.Errorf("safety rule %d: %w", i+1, err)
		}
	}
	return nil
}

func (ins *Instrument) checkExamples() error {
	for i, example := range ins.Examples {
		if err := ins.Check(example.Answers); err != nil {
			return fmt.Errorf("example %d: %w", i+1, err)
		}
	}
	return nil
}
