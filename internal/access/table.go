package access

import (
	"slices"
	"time"
)

// Class is a kind of data; each has its own readers.
type Class string

// The classes of data.
const (
	Identity     Class = "D1"  // identity and contact
	Scheduling   Class = "D2"  // appointments
	Record       Class = "D4"  // clinical record, progress notes
	CheckIns     Class = "D6"  // check-ins
	AuditTrail   Class = "D10" // who looked at what
	Settings     Class = "D11" // practice settings and users
	Inquiring    Class = "D12" // inquiries, matches and their reasons
	Ruptures     Class = "D13" // rupture records
	Intake       Class = "D14" // consents, intake measures, risk tasks
	Writing      Class = "D15" // articles and replies
	Availability Class = "D16" // when a therapist is there
	Own          Class = "own" // one's own sign-in
	Public       Class = "public"
)

// Reach is whose data a right extends to; reaches add up.
type Reach int64

// The reaches. Assigned is one's own clients by a course of therapy, Supervised
// the clients of the therapists one supervises, Proposed the inquiries that were
// proposed to one, and Everyone the whole practice.
const (
	Self Reach = 1 << iota
	Assigned
	Supervised
	Everyone
	Proposed
)

// Right is one thing that may be done with one class of data.
type Right string

// The rights. Reading and writing are different rights.
const (
	ReadSite      Right = "site.read"
	AskAppoint    Right = "inquiry.send"
	LeaveReply    Right = "reply.send"
	SignIn        Right = "sign_in.start"
	FinishSignIn  Right = "sign_in.finish"
	KeepAccount   Right = "account.keep"
	ReadAbout     Right = "client.read"
	FindClient    Right = "client.find"
	WriteAbout    Right = "client.write"
	ProposeAbout  Right = "client.propose"
	ReadTimes     Right = "appointment.read"
	WriteTimes    Right = "appointment.write"
	TakeOffer     Right = "offer.take"
	MarkHeld      Right = "attendance.mark"
	ReadHours     Right = "availability.read"
	WriteHours    Right = "availability.write"
	ReadRecord    Right = "record.read"
	WriteRecord   Right = "record.write"
	ReadCourse    Right = "course.read"
	WriteCourse   Right = "course.write"
	ReadCheckIn   Right = "check_in.read"
	AnswerCheckIn Right = "check_in.answer"
	RateSession   Right = "check_in.rate"
	ReadRupture   Right = "rupture.read"
	SayRupture    Right = "rupture.say"
	TendRupture   Right = "rupture.tend"
	ReadIntake    Right = "intake.read"
	AnswerIntake  Right = "intake.answer"
	SeeIntakeDone Right = "intake.done"
	HandleRisk    Right = "risk.handle"
	ReadInquiry   Right = "inquiry.read"
	WriteInquiry  Right = "inquiry.write"
	SeeRequest    Right = "inquiry.see_own"
	ReadOwnAudit  Right = "audit.own_record"
	ReadDeeds     Right = "audit.own_deeds"
	ReadTeam      Right = "audit.team"
	ReadAudit     Right = "audit.read"
	ReadSettings  Right = "settings.read"
	WriteSettings Right = "settings.write"
	WriteStaff    Right = "staff.write"
	// ConfirmSettings is the second person's word on what no one changes alone.
	ConfirmSettings Right = "settings.confirm"
	WriteProfile    Right = "profile.write"
	// Vouch is a word for a colleague or client who lost their second step; it takes two.
	Vouch         Right = "factor.vouch"
	CountRuptures Right = "rupture.count"
	ImportClients Right = "client.import"
	ReadArticles  Right = "article.read"
	WriteArticle  Right = "article.write"
	EditArticles  Right = "article.edit" // those of others
	Moderate      Right = "reply.moderate"
	SeeToday      Right = "today.read"
	SeeHome       Right = "home.read"
	SeeCaseload   Right = "caseload.read"
	SeeSupervised Right = "supervision.read"
)

type rule struct {
	class Class
	write bool
	reach map[Role]Reach
	// tasks are the links by which the right may be used, at reach Self.
	tasks []Task
}

var anyone = map[Role]Reach{Visitor: Self, Client: Self, Therapist: Self, Coordinator: Self, Supervisor: Self, Owner: Self}
var signedIn = map[Role]Reach{Client: Self, Therapist: Self, Coordinator: Self, Supervisor: Self, Owner: Self}
var staff = map[Role]Reach{Therapist: Self, Coordinator: Self, Supervisor: Self, Owner: Self}

// rules is the table of docs/access.md. Nothing outside it is allowed.
var rules = map[Right]rule{
	ReadSite:     {class: Public, reach: anyone},
	AskAppoint:   {class: Inquiring, write: true, reach: anyone},
	LeaveReply:   {class: Writing, write: true, reach: anyone},
	SignIn:       {class: Own, write: true, reach: anyone, tasks: []Task{TaskInvite, TaskReset, TaskSignIn}},
	FinishSignIn: {class: Own, write: true, reach: signedIn},
	KeepAccount:  {class: Own, write: true, reach: signedIn},

	ReadAbout: {class: Identity, reach: map[Role]Reach{Client: Self, Therapist: Assigned, Coordinator: Everyone,
		Supervisor: Supervised, Owner: Everyone, Program: Everyone}, tasks: []Task{TaskAppointment, TaskIntake, TaskCheckIn}},
	FindClient: {class: Identity, reach: map[Role]Reach{Therapist: Assigned, Coordinator: Everyone,
		Supervisor: Supervised, Owner: Everyone}},
	WriteAbout:   {class: Identity, write: true, reach: map[Role]Reach{Coordinator: Everyone, Program: Everyone}},
	ProposeAbout: {class: Identity, write: true, reach: map[Role]Reach{Client: Self}},

	ReadTimes: {class: Scheduling, reach: map[Role]Reach{Client: Self, Therapist: Assigned, Coordinator: Everyone,
		Supervisor: Supervised, Owner: Everyone, Program: Everyone}, tasks: []Task{TaskAppointment, TaskCheckIn, TaskIntake}},
	WriteTimes: {class: Scheduling, write: true, reach: map[Role]Reach{Client: Self, Therapist: Assigned,
		Coordinator: Everyone}, tasks: []Task{TaskAppointment}},
	TakeOffer: {class: Scheduling, write: true, tasks: []Task{TaskOffer}},
	MarkHeld:  {class: Scheduling, write: true, reach: map[Role]Reach{Therapist: Assigned}},

	ReadHours:  {class: Availability, reach: map[Role]Reach{Therapist: Self, Coordinator: Everyone, Supervisor: Everyone, Owner: Everyone}},
	WriteHours: {class: Availability, write: true, reach: map[Role]Reach{Therapist: Self, Coordinator: Everyone, Owner: Everyone}},

	ReadRecord:  {class: Record, reach: map[Role]Reach{Client: Self, Therapist: Assigned, Supervisor: Supervised}},
	WriteRecord: {class: Record, write: true, reach: map[Role]Reach{Therapist: Assigned}},
	ReadCourse:  {class: Record, reach: map[Role]Reach{Client: Self, Therapist: Assigned, Supervisor: Supervised, Program: Everyone}},
	WriteCourse: {class: Record, write: true, reach: map[Role]Reach{Therapist: Assigned}},

	ReadCheckIn:   {class: CheckIns, reach: map[Role]Reach{Client: Self, Therapist: Assigned, Supervisor: Supervised, Program: Everyone}},
	AnswerCheckIn: {class: CheckIns, write: true, reach: map[Role]Reach{Client: Self}, tasks: []Task{TaskCheckIn}},
	RateSession:   {class: CheckIns, write: true, reach: map[Role]Reach{Therapist: Assigned}},

	ReadRupture: {class: Ruptures, reach: map[Role]Reach{Client: Self, Therapist: Assigned, Supervisor: Supervised, Program: Everyone}},
	SayRupture:  {class: Ruptures, write: true, reach: map[Role]Reach{Client: Self}, tasks: []Task{TaskCheckIn}},
	TendRupture: {class: Ruptures, write: true, reach: map[Role]Reach{Therapist: Assigned}},

	ReadIntake:    {class: Intake, reach: map[Role]Reach{Client: Self, Therapist: Assigned, Supervisor: Supervised}, tasks: []Task{TaskIntake}},
	AnswerIntake:  {class: Intake, write: true, reach: map[Role]Reach{Client: Self}, tasks: []Task{TaskIntake}},
	SeeIntakeDone: {class: Intake, reach: map[Role]Reach{Coordinator: Everyone}},
	HandleRisk:    {class: Intake, write: true, reach: map[Role]Reach{Therapist: Assigned, Supervisor: Supervised}},

	ReadInquiry:  {class: Inquiring, reach: map[Role]Reach{Therapist: Proposed, Coordinator: Everyone, Supervisor: Supervised, Owner: Everyone}},
	WriteInquiry: {class: Inquiring, write: true, reach: map[Role]Reach{Coordinator: Everyone}},

	SeeRequest: {class: Inquiring, write: true, tasks: []Task{TaskRequest}},

	ReadOwnAudit: {class: AuditTrail, reach: map[Role]Reach{Client: Self}, tasks: []Task{TaskRecord}},
	ReadDeeds:    {class: AuditTrail, reach: map[Role]Reach{Therapist: Self, Coordinator: Self, Supervisor: Self, Owner: Self}},
	ReadTeam:     {class: AuditTrail, reach: map[Role]Reach{Supervisor: Supervised}},
	ReadAudit:    {class: AuditTrail, reach: map[Role]Reach{Owner: Everyone}},

	ReadSettings:  {class: Settings, reach: map[Role]Reach{Owner: Everyone}},
	WriteSettings: {class: Settings, write: true, reach: map[Role]Reach{Owner: Everyone}},
	WriteStaff:    {class: Settings, write: true, reach: map[Role]Reach{Owner: Everyone}},
	// security.md S-13 and S-29: a second person of another role says yes or no, and sees nothing else of the settings.
	ConfirmSettings: {class: Settings, write: true, reach: map[Role]Reach{Coordinator: Everyone, Supervisor: Everyone, Owner: Everyone}},
	Vouch:           {class: Own, write: true, reach: staff},
	WriteProfile:    {class: Writing, write: true, reach: map[Role]Reach{Therapist: Self, Owner: Everyone}},
	CountRuptures:   {class: Ruptures, reach: map[Role]Reach{Owner: Everyone}},
	ImportClients:   {class: Identity, write: true, reach: map[Role]Reach{Owner: Everyone}},

	ReadArticles: {class: Writing, reach: map[Role]Reach{Therapist: Everyone, Coordinator: Everyone, Supervisor: Everyone, Owner: Everyone}},
	WriteArticle: {class: Writing, write: true, reach: map[Role]Reach{Therapist: Self, Coordinator: Self, Owner: Self}},
	EditArticles: {class: Writing, write: true, reach: map[Role]Reach{Coordinator: Everyone, Owner: Everyone}},
	Moderate:     {class: Writing, write: true, reach: map[Role]Reach{Coordinator: Everyone, Owner: Everyone}},

	SeeToday: {class: Scheduling, reach: staff},
	SeeHome:  {class: Own, reach: map[Role]Reach{Client: Self}},
	// One's own day and the courses that one supervises: what is shown there is
	// read by the rights of its class.
	SeeCaseload:   {class: Record, reach: map[Role]Reach{Therapist: Assigned}},
	SeeSupervised: {class: Record, reach: map[Role]Reach{Supervisor: Supervised}},
}

// Rights lists every right in the table, sorted.
func Rights() []Right {
	var all []Right
	for right := range rules {
		all = append(all, right)
	}
	slices.Sort(all)
	return all
}

// Known reports whether the table lists the right.
func Known(right Right) bool { _, ok := rules[right]; return ok }

// ClassOf is the class of data that the right is about.
func ClassOf(right Right) Class { return rules[right].class }

// Writes reports whether the right changes something.
func Writes(right Right) bool { return rules[right].write }

// beforeFull is what is open to someone who has not finished signing in: what any visitor may do.
var beforeFull = []Right{SignIn, ReadSite, AskAppoint, LeaveReply}

// Of is how far the right reaches for this actor; 0 is a refusal. Roles add
// up. Someone who came by a link has the link's task and nothing else, and a
// sign-in that is not finished has only what finishes it.
func Of(by Actor, right Right) Reach {
	r, ok := rules[right]
	if !ok || by.PracticeID == "" {
		return 0
	}
	if by.Link != nil {
		if slices.Contains(r.tasks, by.Link.Task) {
			return Self
		}
		return 0
	}
	if by.Stage != Full && right != FinishSignIn && !slices.Contains(beforeFull, right) {
		return 0
	}
	var reach Reach
	for _, role := range by.Roles {
		reach |= r.reach[role]
	}
	if right == HandleRisk && by.Duty {
		reach |= Proposed
	}
	return reach
}

// StepUpFor is how long a fresh proof of who one is stays fresh.
const StepUpFor = 10 * time.Minute

// Fresh reports whether the actor has proved who they are within StepUpFor.
func Fresh(by Actor, now time.Time) bool {
	return !by.SteppedUp.IsZero() && now.Sub(by.SteppedUp) < StepUpFor && !now.Before(by.SteppedUp)
}
