package intake_test

import (
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/practice/practicetest"
)

const bringTable = "Name,Pronouns,Email,Phone,Therapist,Modality,Since\n" +
	"Wren Castellan,they/them,wren@mail.example,312-555-0133,theo@north.example,individual,2026-03-02\n" +
	"\n" +
	"\"Quill, Ada\",,,\"(312) 555-0134\",TESS@north.example,,3/9/2026\n"

func TestParseClients(t *testing.T) {
	rows, err := intake.ParseClients("\ufeff" + strings.ReplaceAll(bringTable, "\n", "\r\n"))
	if err != nil || len(rows) != 2 {
		t.Fatalf("got %v, %v; want two rows", rows, err)
	}
	want := intake.Row{Line: 4, Name: "Quill, Ada", Phone: "(312) 555-0134", Therapist: "TESS@north.example", Modality: "individual", Since: rows[1].Since}
	if rows[1] != want || rows[1].Since.String() != "2026-03-09" {
		t.Errorf("got %+v, want %+v", rows[1], want)
	}
	rows, err = intake.ParseClients("therapist;name;phone\ntheo@north.example;Wren Castellan;312\n")
	if err != nil || len(rows) != 1 || rows[0].Name != "Wren Castellan" {
		t.Errorf("with semicolons: got %v, %v; want one row", rows, err)
	}
	for what, c := range map[string]struct{ text, want string }{
		"nothing":        {" \n", "Choose a file"},
		"headings only":  {"name,phone,therapist\n", "no client under"},
		"not text":       {"name,\xff\n", "not text in UTF-8"},
		"a zero":         {"name,\x00\n", "not text in UTF-8"},
		"heading":        {"name,phone,therapist,diagnosis\n", "Line 1: the heading “diagnosis” is not known"},
		"heading twice":  {"name,phone,therapist,name\n", "stands there twice"},
		"no name column": {"phone,therapist\n", "Line 1: the heading “name” is missing"},
		"no contact":     {"name,therapist\n", "one of the headings"},
		"quote":          {"name,phone,therapist\n\"Wren,1,t\n", "quotation mark"},
		"too few values": {"name,phone,therapist\nWren,1\n", "Line 2: it has 2 values, but there are 3 headings"},
		"no name":        {"name,phone,therapist\n,1,t@x.example\n", "Line 2: the name is missing"},
		"no way":         {"name,phone,therapist\nWren,,t@x.example\n", "Line 2: an email address or a phone number"},
		"address":        {"name,email,therapist\nWren,wren@,t@x.example\n", "Line 2: the email address is not complete"},
		"no therapist":   {"name,phone,therapist\nWren,1,\n", "Line 2: the therapist’s email address"},
		"modality":       {"name,phone,therapist,modality\nWren,1,t@x.example,group\n", "Line 2: the modality"},
		"date":           {"name,phone,therapist,since\nWren,1,t@x.example,soon\n", "Line 2: the date"},
		"long":           {"name,phone,therapist\n" + strings.Repeat("a", 201) + ",1,t@x.example\n", "Line 2: “name” is longer"},
		"twice":          {"name,phone,therapist\nWren,312-1,t@x.example\nwren,(312)1,t@x.example\n", "Line 3: this is the same person as in line 2"},
	} {
		_, err := intake.ParseClients(c.text)
		if found := fault.Invalids(err); len(found) == 0 || !strings.Contains(err.Error(), c.want) || found[0].Field != "csv" {
			t.Errorf("%s: got %v, want %q", what, err, c.want)
		}
	}
	if _, err := intake.ParseClients("name,phone,therapist\n" + strings.Repeat("Wren,1,t@x.example\n", intake.MostRows+1)); err == nil ||
		!strings.Contains(err.Error(), "at most 2000") {
		t.Errorf("too many: got %v", err)
	}
}

func TestImport(t *testing.T) {
	h := practicetest.New(t)
	owner := h.By(practicetest.Olga)
	if n, err := intake.Import(t.Context(), h.DB, owner, bringTable, intake.Bring{Safe: true}); err != nil || n != 2 {
		t.Fatalf("got %d, %v; want 2", n, err)
	}
	theo := h.By(practicetest.Theo)
	found, err := practice.FindClients(t.Context(), h.DB, theo, "castel")
	if err != nil || len(found) != 1 || found[0].Pronouns != "they/them" || !found[0].Contact.Mail {
		t.Fatalf("their therapist finds %v, %v; want Wren", found, err)
	}
	courses, err := practice.Courses(t.Context(), h.DB, theo, access.ReadCourse, found[0].ID)
	if err != nil || len(courses) != 1 || courses[0].Started.Format(time.RFC3339) != "2026-03-02T06:00:00Z" {
		t.Errorf("got %v, %v; want one course since March 2 in Chicago", courses, err)
	}
	if others, err := practice.FindClients(t.Context(), h.DB, theo, "quill"); err != nil || len(others) != 0 {
		t.Errorf("another's client is found: %v, %v", others, err)
	}

	coming, err := intake.CheckImport(t.Context(), h.DB, owner, bringTable)
	if err != nil || !coming[0].Known || !coming[1].Known {
		t.Errorf("again: got %+v, %v; want both known", coming, err)
	}
	if n, err := intake.Import(t.Context(), h.DB, owner, bringTable, intake.Bring{Safe: true}); err != nil || n != 0 {
		t.Errorf("again: got %d, %v; want nothing new", n, err)
	}
	namesake := "name,phone,therapist\nWren Castellan,312-555-0199,theo@north.example\n"
	if n, err := intake.Import(t.Context(), h.DB, owner, namesake, intake.Bring{}); err != nil || n != 1 {
		t.Errorf("someone else of that name: got %d, %v; want 1", n, err)
	}
}

func TestImportIsAllOrNothing(t *testing.T) {
	h := practicetest.New(t)
	owner := h.By(practicetest.Olga)
	for what, line := range map[string]string{
		"an unknown therapist":    "Ada Quill,,,312-555-0134,nobody@north.example,,\n",
		"someone who sees nobody": "Ada Quill,,,312-555-0134,cora@north.example,,\n",
		"a date to come":          "Ada Quill,,,312-555-0134,theo@north.example,,2099-01-01\n",
		"no name":                 ",,,312-555-0134,theo@north.example,,\n",
	} {
		n, err := intake.Import(t.Context(), h.DB, owner, bringTable+line, intake.Bring{})
		if found, _ := fault.Of(err); found.Kind != fault.KindInvalid || !strings.HasPrefix(found.Sentence, "Line 5: ") {
			t.Errorf("%s: got %d, %v; want a sentence about line 5", what, n, err)
		}
	}
	if found, err := practice.FindClients(t.Context(), h.DB, owner, "castellan"); err != nil || len(found) != 0 {
		t.Errorf("got %v, %v; want nobody", found, err)
	}
	for _, id := range []string{practicetest.Cora, practicetest.Theo, practicetest.Sami, practicetest.Rosa} {
		_, err := intake.Import(t.Context(), h.DB, h.By(id), bringTable, intake.Bring{})
		if found, _ := fault.Of(err); found.Kind != fault.KindNotFound {
			t.Errorf("by %s: got %v, want not found", id, err)
		}
	}
}

func TestWaits(t *testing.T) {
	h := practicetest.New(t)
	request := intake.Request{Name: "Wren Castellan", Email: "wren@mail.example", Adult: true, For: "me"}
	if _, err := intake.Send(t.Context(), h.DB, access.OfVisitor("north"), request, "web"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after         time.Duration
		waiting, late int
	}{{0, 1, 0}, {30 * 24 * time.Hour, 1, 1}} {
		h.Clock.Advance(c.after)
		waiting, late, err := intake.Waits(t.Context(), h.DB, h.By(practicetest.Olga))
		if err != nil || waiting != c.waiting || late != c.late {
			t.Errorf("after %v: got %d waiting, %d late, %v; want %d, %d", c.after, waiting, late, err, c.waiting, c.late)
		}
	}
}

func FuzzParseClients(f *testing.F) {
	f.Add(bringTable)
	f.Add("name;phone;therapist\nWren;1;t@x.example\n")
	f.Add("\ufeffname,email,therapist\n\"a\"\"b\",a@b.example,t@x.example\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := intake.ParseClients(text)
		if err != nil {
			if len(fault.Invalids(err)) == 0 {
				t.Fatalf("got %v, want a sentence", err)
			}
			return
		}
		for _, r := range rows {
			if r.Name == "" || r.Therapist == "" || r.Email == "" && r.Phone == "" || strings.ContainsAny(r.Name, "\r\n") || r.Line < 2 {
				t.Fatalf("got %+v", r)
			}
		}
	})
}
