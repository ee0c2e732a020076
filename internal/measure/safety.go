package measure

// Rule asks for a person when an answer or the total calls for one. It never acts by itself.
type Rule struct {
	Item       string     `json:"item"`  // link id whose raw answer is looked at; empty where Score is set
	Score      string     `json:"score"` // "total" to look at the total
	Comparator Comparator `json:"comparator"`
	Value      float64    `json:"value"`
	Level      string     `json:"level"` // Urgent, Prompt, Review or Process
	Reason     string     `json:"reason"`
	Action     string     `json:"action"`
}

// The levels of a safety rule, from the most pressing.
const (
	Urgent  = "urgent"
	Prompt  = "prompt"
	Review  = "review"
	Process = "process"
)

// Total is what a rule about the total looks at.
const Total = "total"

// On is what the rule looks at: an item's link id, or Total.
func (r Rule) On() string {
	if r.Score != "" {
		return r.Score
	}
	return r.Item
}

// Safety is every rule that fires, in the order of the file. It is to be run on every saved answer, complete form or not,
// filled or not: rules on items look at raw answers alone, also of items that a later answer hid again. Rules on the
// total run once result is scored; give the zero Result before that.
func (ins *Instrument) Safety(answers Answers, result Result) []Rule {
	var fired []Rule
	for _, rule := range ins.SafetyRules {
		x, ok := answers[rule.Item].Number()
		if rule.Score == Total {
			x, ok = result.Score, result.Scored
		}
		if ok && rule.Comparator.Holds(x, rule.Value) {
			fired = append(fired, rule)
		}
	}
	return fired
}
