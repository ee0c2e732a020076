package measure_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/practice/practicetest"
)

var ctx = context.Background()

// asked is a practice in which a client was asked the first forms.
func asked(t *testing.T, client practice.ClientID) *practicetest.House {
	t.Helper()
	h := practicetest.New(t)
	if err := measure.Ask(ctx, h.DB, h.By(practicetest.Cora), client); err != nil {
		t.Fatal(err)
	}
	return h
}

// form is the client's own response to a form.
func form(t *testing.T, h *practicetest.House, client, id string) measure.Response {
	t.Helper()
	all, err := measure.Own(ctx, h.DB, h.By(client))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Form.ID == id {
			return r
		}
	}
	t.Fatalf("%s was not asked %s", client, id)
	return measure.Response{}
}

func save(t *testing.T, h *practicetest.House, client string, id measure.ResponseID, answers measure.Answers) {
	t.Helper()
	if err := measure.Save(ctx, h.DB, h.By(client), id, answers); err != nil {
		t.Fatal(err)
	}
}

// letters counts the letters that wait to be sent.
func letters(t *testing.T, h *practicetest.House) int {
	t.Helper()
	var n int
	err := h.DB.Row(ctx, `SELECT COUNT(*) FROM job WHERE practice_id = $1 AND kind = $2`, "north", letter.Job).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func kind(err error) fault.Kind {
	found, _ := fault.Of(err)
	return found.Kind
}

func one(link string, value float64) measure.Answers {
	return measure.Answers{link: measure.Number(value)}
}

func TestAskOnce(t *testing.T) {
	h := asked(t, practicetest.Rosa)
	if err := measure.Ask(ctx, h.DB, h.By(practicetest.Cora), practicetest.Rosa); err != nil {
		t.Fatal(err)
	}
	all, err := measure.Own(ctx, h.DB, h.By(practicetest.Rosa))
	if err != nil || len(all) != len(measure.Intake) {
		t.Fatalf("%d forms (%v), want %d", len(all), err, len(measure.Intake))
	}
	for i, r := range all {
		if r.Form.ID != measure.Intake[i] || r.State != "asked" || r.Hash == "" {
			t.Errorf("form %d is %s, %s, want %s", i, r.Form.ID, r.State, measure.Intake[i])
		}
	}
}

func TestSaveFieldByField(t *testing.T) {
	h := asked(t, practicetest.Rosa)
	r := form(t, h, practicetest.Rosa, "gad-7")
	save(t, h, practicetest.Rosa, r.ID, one("gad7-1", 3))
	save(t, h, practicetest.Rosa, r.ID, one("gad7-2", 2))
	save(t, h, practicetest.Rosa, r.ID, measure.Answers{"gad7-1": {}})
	r = form(t, h, practicetest.Rosa, "gad-7")
	if len(r.Answers) != 1 || r.Answers["gad7-2"] != measure.Number(2) || r.Total.Scored || len(r.Open()) != 6 {
		t.Errorf("answers %v, total %+v, %d open", r.Answers, r.Total, len(r.Open()))
	}
	err := measure.Save(ctx, h.DB, h.By(practicetest.Rosa), r.ID, one("gad7-1", 9))
	if kind(err) != fault.KindInvalid {
		t.Errorf("an answer that there is not: %v, want invalid", err)
	}
	for _, who := range []string{practicetest.Nell, practicetest.Theo, practicetest.Cora, practicetest.Olga} {
		if err := measure.Save(ctx, h.DB, h.By(who), r.ID, one("gad7-1", 1)); kind(err) != fault.KindNotFound {
			t.Errorf("%s saves another's answers: %v, want not found", who, err)
		}
	}
}

func TestFinishAndScore(t *testing.T) {
	h := asked(t, practicetest.Rosa)
	r := form(t, h, practicetest.Rosa, "gad-7")
	answers := measure.Answers{}
	for _, item := range r.Form.Items[:6] {
		answers[item.LinkID] = measure.Number(2)
	}
	rosa := h.By(practicetest.Rosa)
	finished, err := measure.Finish(ctx, h.DB, rosa, r.ID, answers, false)
	if err != nil || finished {
		t.Fatalf("with a gap finished is %t (%v), want the answers kept and nothing handed in", finished, err)
	}
	if finished, err = measure.Finish(ctx, h.DB, rosa, r.ID, one("gad7-7", 3), false); err != nil || !finished {
		t.Fatalf("finished is %t (%v), want true", finished, err)
	}
	if err := measure.Save(ctx, h.DB, rosa, r.ID, one("gad7-1", 0)); kind(err) != fault.KindConflict {
		t.Errorf("changing what was handed in: %v, want a conflict", err)
	}
	for _, who := range []string{practicetest.Theo, practicetest.Sami} {
		all, err := measure.Responses(ctx, h.DB, h.By(who), practicetest.Rosa)
		if err != nil {
			t.Fatal(err)
		}
		got := all[2]
		if got.Form.ID != "gad-7" || !got.Total.Scored || got.Total.Score != 15 || got.Total.Band == "" || got.Change != nil {
			t.Errorf("%s reads %s %+v, want GAD-7 with 15 and its band", who, got.Form.ID, got.Total)
		}
	}
	for _, who := range []string{practicetest.Tess, practicetest.Cora, practicetest.Olga, practicetest.Nell} {
		if _, err := measure.Responses(ctx, h.DB, h.By(who), practicetest.Rosa); kind(err) != fault.KindNotFound {
			t.Errorf("%s reads them: %v, want not found", who, err)
		}
	}
}

// TestChange asks a second time, as a review would, and wants the change with its error.
func TestChange(t *testing.T) {
	for _, test := range []struct {
		name             string
		then             float64
		reliable, better bool
	}{
		{"much less", 0, true, true}, {"a little less", 2, false, true}, {"the same", 3, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := asked(t, practicetest.Rosa)
			r := form(t, h, practicetest.Rosa, "gad-7")
			first, second := measure.Answers{}, measure.Answers{}
			for i, item := range r.Form.Items {
				first[item.LinkID], second[item.LinkID] = measure.Number(3), measure.Number(3)
				if i < 3 {
					second[item.LinkID] = measure.Number(test.then)
				}
			}
			rosa := h.By(practicetest.Rosa)
			if _, err := measure.Finish(ctx, h.DB, rosa, r.ID, first, true); err != nil {
				t.Fatal(err)
			}
			h.Tx(func(tx *db.DB) error { // later sittings come with the next part of the product
				_, err := tx.Exec(ctx, `UPDATE response SET occasion = 'review' WHERE practice_id = 'north' AND id = $1`, r.ID)
				return err
			})
			h.Clock.Advance(time.Hour)
			if err := measure.Ask(ctx, h.DB, h.By(practicetest.Cora), practicetest.Rosa); err != nil {
				t.Fatal(err)
			}
			all, err := measure.Own(ctx, h.DB, rosa)
			if err != nil {
				t.Fatal(err)
			}
			again := all[len(all)-1]
			if _, err := measure.Finish(ctx, h.DB, rosa, again.ID, second, true); err != nil {
				t.Fatal(err)
			}
			scored, err := measure.Responses(ctx, h.DB, h.By(practicetest.Theo), practicetest.Rosa)
			if err != nil {
				t.Fatal(err)
			}
			got := scored[2].Change
			if got == nil || got.From != 21 || got.To != 12+3*test.then || got.Error != 4 || got.Reliable != test.reliable || got.Better != test.better {
				t.Errorf("change %+v, want from 21 to %v, reliable %t, better %t", got, 12+3*test.then, test.reliable, test.better)
			}
		})
	}
}

func TestSealed(t *testing.T) {
	h := asked(t, practicetest.Rosa)
	r := form(t, h, practicetest.Rosa, "phq-9")
	save(t, h, practicetest.Rosa, r.ID, one("phq9-9", 1))
	var answers, words []byte
	if err := h.DB.Row(ctx, `SELECT answers FROM response WHERE practice_id = 'north' AND id = $1`, r.ID).Scan(&answers); err != nil {
		t.Fatal(err)
	}
	if err := h.DB.Row(ctx, `SELECT words FROM risk_task WHERE practice_id = 'north'`).Scan(&words); err != nil {
		t.Fatal(err)
	}
	for _, stored := range [][]byte{answers, words} {
		for _, open := range []string{"phq9", "better off", "Several"} {
			if contains(stored, open) {
				t.Errorf("the database holds %q in the open", open)
			}
		}
	}
}

func contains(stored []byte, text string) bool {
	for i := 0; i+len(text) <= len(stored); i++ {
		if string(stored[i:i+len(text)]) == text {
			return true
		}
	}
	return false
}

func TestRiskTask(t *testing.T) {
	h := asked(t, practicetest.Rosa)
	r := form(t, h, practicetest.Rosa, "phq-9")
	before := letters(t, h)
	save(t, h, practicetest.Rosa, r.ID, one("phq9-9", 1))
	save(t, h, practicetest.Rosa, r.ID, one("phq9-9", 1))
	save(t, h, practicetest.Rosa, r.ID, one("phq9-1", 3))
	theo := h.By(practicetest.Theo)
	tasks := tasksOf(t, h, practicetest.Theo)
	if len(tasks) != 1 || tasks[0].Level != measure.Prompt || tasks[0].AssignedTo != practicetest.Theo || tasks[0].Client.Name != "Rosa Vance" ||
		tasks[0].Answer == "" || letters(t, h) != before+1 {
		t.Fatalf("tasks %+v and %d letters, want one prompt task of Theo's and one letter", tasks, letters(t, h)-before)
	}
	if len(tasksOf(t, h, practicetest.Sami)) != 1 {
		t.Error("the supervisor does not see it")
	}
	if len(tasksOf(t, h, practicetest.Tess)) != 0 {
		t.Error("another therapist sees it")
	}
	for _, who := range []string{practicetest.Cora, practicetest.Olga, practicetest.Rosa} {
		if _, err := measure.RiskTasks(ctx, h.DB, h.By(who), ""); kind(err) != fault.KindNotFound {
			t.Errorf("%s reads risk tasks: %v, want not found", who, err)
		}
	}
	if err := measure.Handle(ctx, h.DB, theo, tasks[0].ID, " "); kind(err) != fault.KindInvalid {
		t.Errorf("handled without a word: %v, want invalid", err)
	}
	if err := measure.Handle(ctx, h.DB, h.By(practicetest.Tess), tasks[0].ID, "Called."); kind(err) != fault.KindNotFound {
		t.Errorf("another therapist handles it: %v, want not found", err)
	}
	if err := measure.Handle(ctx, h.DB, theo, tasks[0].ID, "Called; safe at home with a friend."); err != nil {
		t.Fatal(err)
	}
	if len(tasksOf(t, h, practicetest.Theo)) != 0 {
		t.Error("a task that is done is still open")
	}
	save(t, h, practicetest.Rosa, r.ID, one("phq9-9", 3))
	tasks = tasksOf(t, h, practicetest.Theo)
	if len(tasks) != 1 || tasks[0].Level != measure.Urgent || tasks[0].Earlier == "" || letters(t, h) != before+2 {
		t.Errorf("a more pressing answer: tasks %+v and %d letters, want it open again as urgent", tasks, letters(t, h)-before)
	}
	save(t, h, practicetest.Rosa, r.ID, one("phq9-9", 0))
	if len(tasksOf(t, h, practicetest.Theo)) != 1 {
		t.Error("an answer taken back closed the task: only a person closes it")
	}
}

func tasksOf(t *testing.T, h *practicetest.House, who string) []measure.RiskTask {
	t.Helper()
	tasks, err := measure.RiskTasks(ctx, h.DB, h.By(who), "")
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

// TestDuty has someone without a therapist answer so that a person is needed.
func TestDuty(t *testing.T) {
	h := asked(t, practicetest.Rosa)
	h.Tx(func(tx *db.DB) error {
		if err := practice.EndCourse(ctx, tx, h.By(practicetest.Theo), practicetest.OfRosa, practice.Ending{How: "planned"}); err != nil {
			return err
		}
		olga, err := practice.Colleague(ctx, tx, practicetest.Olga)
		if err != nil {
			return err
		}
		olga.Duty = true
		return practice.ChangeStaff(ctx, tx, olga)
	})
	r := form(t, h, practicetest.Rosa, "core-10")
	save(t, h, practicetest.Rosa, r.ID, one("core10-6", 1))
	duty := h.By(practicetest.Olga)
	duty.Duty = true
	tasks, err := measure.RiskTasks(ctx, h.DB, duty, practicetest.Rosa)
	if err != nil || len(tasks) != 1 || tasks[0].AssignedTo != practicetest.Olga || tasks[0].Client.Phone == "" {
		t.Fatalf("tasks of the one on duty: %+v (%v), want one with a phone number", tasks, err)
	}
	if err := measure.Handle(ctx, h.DB, duty, tasks[0].ID, "Called."); err != nil {
		t.Error(err)
	}
	other := asked(t, practicetest.Nell)
	save(t, other, practicetest.Nell, form(t, other, practicetest.Nell, "core-10").ID, one("core10-6", 1))
	duty = other.By(practicetest.Olga)
	duty.Duty = true
	if tasks, err = measure.RiskTasks(ctx, other.DB, duty, ""); err != nil || len(tasks) != 0 {
		t.Errorf("the one on duty sees %d tasks of people with a therapist (%v), want none", len(tasks), err)
	}
}

// TestNobodyOnDuty falls back on a supervisor, never on the coordinator.
func TestNobodyOnDuty(t *testing.T) {
	h := asked(t, practicetest.Rosa)
	h.Tx(func(tx *db.DB) error {
		return practice.EndCourse(ctx, tx, h.By(practicetest.Theo), practicetest.OfRosa, practice.Ending{How: "planned"})
	})
	save(t, h, practicetest.Rosa, form(t, h, practicetest.Rosa, "core-10").ID, one("core10-6", 2))
	tasks := tasksOf(t, h, practicetest.Sami)
	if len(tasks) != 1 || tasks[0].AssignedTo != practicetest.Sami {
		t.Errorf("tasks %+v, want one of the supervisor's", tasks)
	}
}

func TestReadingIsRecorded(t *testing.T) {
	h := asked(t, practicetest.Rosa)
	if _, err := measure.Responses(ctx, h.DB, h.By(practicetest.Theo), practicetest.Rosa); err != nil {
		t.Fatal(err)
	}
	var n int
	err := h.DB.Row(ctx, `
		SELECT COUNT(*) FROM audit_leaf WHERE practice_id = 'north' AND actor_id = $1 AND client_id = $2 AND deed = 'read' AND class = $3`,
		practicetest.Theo, practicetest.Rosa, access.Intake).Scan(&n)
	if err != nil || n != 1 {
		t.Errorf("%d entries (%v), want one", n, err)
	}
}
