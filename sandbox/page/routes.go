package page

// route is one call of the API.
type route struct {
	method, path string
	handle       handler
}

// routes is the whole API but for GET /api/events. API.md documents each; a test compares the two.
func (s *Server) routes() []route {
	return []route{
		{"GET", "/api/session", s.session},

		{"GET", "/api/people", s.people},
		{"GET", "/api/people/{person}", s.personDetail},
		{"GET", "/api/people/{person}/sidebar", s.as(s.sidebar)},
		{"GET", "/api/people/{person}/conversations/{channel}", s.as(s.conversation)},
		{"POST", "/api/people/{person}/conversations/{channel}/messages", s.as(s.post)},
		{"POST", "/api/people/{person}/conversations/{channel}/read", s.as(s.markRead)},
		{"POST", "/api/people/{person}/app", s.as(s.openApp)},
		{"GET", "/api/people/{person}/home", s.as(s.home)},
		{"POST", "/api/people/{person}/home", s.as(s.openHome)},
		{"GET", "/api/people/{person}/modal", s.as(s.modal)},
		{"POST", "/api/people/{person}/modal/submit", s.as(s.submit)},
		{"POST", "/api/people/{person}/modal/close", s.as(s.closeModal)},
		{"POST", "/api/people/{person}/modal/dismiss", s.as(s.dismissModals)},
		{"POST", "/api/people/{person}/command", s.as(s.command)},
		{"POST", "/api/people/{person}/shortcut", s.as(s.shortcut)},
		{"POST", "/api/people/{person}/options", s.as(s.options)},
		{"POST", "/api/people/{person}/fill", s.as(s.fill)},
		{"POST", "/api/people/{person}/enter", s.as(s.enter)},
		{"POST", "/api/people/{person}/press", s.as(s.press)},
		{"POST", "/api/people/{person}/forge", s.as(s.forge)},
		{"POST", "/api/people/{person}/reload", s.as(s.reload)},

		{"GET", "/api/clock", s.clock},
		{"POST", "/api/clock/advance", s.advance},

		{"GET", "/api/slack/commands", s.commands},
		{"GET", "/api/slack/log", s.slackLog},
		{"GET", "/api/slack/faults", s.slackFaults},
		{"POST", "/api/slack/faults", s.setSlackFaults},
		{"POST", "/api/slack/faults/method", s.failMethod},
		{"POST", "/api/slack/faults/clear", s.clearSlackFaults},
		{"GET", "/api/slack/switches", s.slackSwitches},
		{"POST", "/api/slack/switches", s.setSlackSwitches},
		{"POST", "/api/slack/sockets", s.sockets},
		{"POST", "/api/slack/users/{person}", s.editSlackUser},
		{"POST", "/api/slack/channels/{channel}", s.editChannel},
		{"GET", "/api/slack/usergroups", s.userGroups},
		{"POST", "/api/slack/usergroups/{handle}", s.editUserGroup},

		{"GET", "/api/aws", s.organization},
		{"GET", "/api/aws/accounts", s.accounts},
		{"POST", "/api/aws/accounts/{id}", s.editAccount},
		{"GET", "/api/aws/permission-sets", s.permissionSets},
		{"GET", "/api/aws/users", s.awsUsers},
		{"POST", "/api/aws/users/{user}", s.editAWSUser},
		{"GET", "/api/aws/groups", s.groups},
		{"POST", "/api/aws/groups/{group}/members", s.setMember},
		{"GET", "/api/aws/memberships", s.memberships},
		{"GET", "/api/aws/assignments", s.assignments},
		{"POST", "/api/aws/assignments", s.addAssignment},
		{"POST", "/api/aws/assignments/remove", s.removeAssignment},
		{"GET", "/api/aws/operations", s.operations},
		{"POST", "/api/aws/operations/{request}/release", s.release},
		{"GET", "/api/aws/calls", s.calls},
		{"POST", "/api/aws/calls/reset", s.resetCalls},
		{"GET", "/api/aws/faults", s.awsFaults},
		{"POST", "/api/aws/faults", s.injectFault},
		{"POST", "/api/aws/faults/{id}/clear", s.clearFault},
		{"POST", "/api/aws/faults/clear", s.clearFaults},
		{"GET", "/api/aws/tuning", s.tuning},
		{"POST", "/api/aws/tuning", s.setTuning},
		{"GET", "/api/aws/switches", s.awsSwitches},
		{"POST", "/api/aws/switches", s.setAWSSwitches},

		{"GET", "/api/log", s.log},
	}
}
