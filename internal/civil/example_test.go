package civil_test

import (
	"fmt"
	"time"

	"attune/internal/civil"
)

func ExampleIn() {
	chicago, err := civil.Zone("America/Chicago")
	if err != nil {
		panic(err)
	}
	spring := civil.Date{Year: 2026, Month: time.March, Day: 8}
	at, resolution := civil.In(spring, civil.Clock(2, 30), chicago)
	fmt.Println(at)
	fmt.Println(resolution.Words(at))
	// Output:
	// 2026-03-08 03:30:00 -0500 CDT
	// The clocks go forward just then, so this is at 3:30 am.
}

func ExampleDate_From() {
	today := civil.Date{Year: 2026, Month: time.May, Day: 20}
	for _, n := range []int{0, 1, 2, 300} {
		fmt.Println(today.AddDays(n).From(today))
	}
	fmt.Println(civil.Between(civil.Clock(10, 0), civil.Clock(10, 50)))
	// Output:
	// today
	// tomorrow
	// Friday, May 22
	// Tuesday, March 16, 2027
	// 10:00 to 10:50 am
}

func ExampleHours_Add() {
	chicago, err := civil.Zone("America/Chicago")
	if err != nil {
		panic(err)
	}
	var hours civil.Hours
	for _, day := range civil.Weekdays[:5] {
		hours.Week[day] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(17, 0)}}
	}
	friday, _ := civil.In(civil.Date{Year: 2026, Month: time.May, Day: 22}, civil.Clock(15, 0), chicago)
	due, _ := hours.Add(friday, 8*time.Hour, chicago)
	fmt.Println(civil.When(due, chicago))
	// Output:
	// Monday, May 25, 3:00 pm
}
