package civil

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // so that every machine knows every zone
)

// Zone is the time zone called name in the IANA database, such as America/Chicago. The machine's own zone ("Local") is
// never meant by a name and is refused, as is no name.
func Zone(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("zone %q: not the name of a time zone", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: %w", name, err)
	}
	return loc, nil
}

// ZoneName is a time zone and what people call it.
type ZoneName struct {
	Name  string // in the IANA database
	Words string // "Central time"
}

// USZones are the time zones of the United States that a practice may choose from, east to west.
var USZones = []ZoneName{
	{"America/Puerto_Rico", "Atlantic time (Puerto Rico)"},
	{"America/New_York", "Eastern time"},
	{"America/Chicago", "Central time"},
	{"America/Denver", "Mountain time"},
	{"America/Phoenix", "Arizona time"},
	{"America/Los_Angeles", "Pacific time"},
	{"America/Anchorage", "Alaska time"},
	{"America/Adak", "Aleutian time"},
	{"Pacific/Honolulu", "Hawaii time"},
	{"Pacific/Pago_Pago", "Samoa time"},
	{"Pacific/Guam", "Chamorro time"},
}

// ZoneWords is what people call the zone called name: "Central time" for one of USZones, "Berlin time" for others.
func ZoneWords(name string) string {
	for _, z := range USZones {
		if z.Name == name {
			return z.Words
		}
	}
	city := name[strings.LastIndexByte(name, '/')+1:]
	return strings.ReplaceAll(city, "_", " ") + " time"
}
