package outcome

import "fmt"

// How many finished courses a practice needs for each way of expecting (methods 3.3; a design choice).
const (
	EnoughForGrowth     = 50
	EnoughForNeighbours = 300
)

// Way is how a practice may say what to expect of a course.
type Way string

// The ways, from the fewest finished courses to the most.
const (
	ReliableChangeOnly Way = "reliable change only" // below EnoughForGrowth
	ByGrowth           Way = "growth"               // model A
	ByNeighbours       Way = "neighbours"           // model B is open too
)

// WayFor is what a number of finished courses allows, and the sentence that says so. A practice starts cold: another clinic's
// curve is never used in its place without being named.
func WayFor(finished int) (Way, string) {
	switch {
	case finished < EnoughForGrowth:
		return ReliableChangeOnly, fmt.Sprintf("%d finished courses: below %d only reliable change is shown, no expected course.", finished, EnoughForGrowth)
	case finished < EnoughForNeighbours:
		return ByGrowth, fmt.Sprintf("%d finished courses: the expected course comes from a growth curve; similar clients can be compared from %d on.", finished, EnoughForNeighbours)
	}
	return ByNeighbours, fmt.Sprintf("%d finished courses: the expected course comes from a growth curve or from similar clients.", finished)
}

// TooFew is the refusal of a method for want of finished courses.
type TooFew struct{ Finished, Needed int }

func (e *TooFew) Error() string {
	return fmt.Sprintf("Only %d finished courses: this needs at least %d.", e.Finished, e.Needed)
}
