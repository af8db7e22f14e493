package slacksim

// Rates of Slack's tiers, in calls a minute.
const (
	tier2 = 20
	tier3 = 50
	tier4 = 100
)

// methodTable lists the methods of the Web API that the simulator knows.
func methodTable() map[string]method {
	return map[string]method{
		"api.test":  {token: noToken, perMinute: tier4, do: (*call).apiTest},
		"auth.test": {token: anyToken, perMinute: 600, do: (*call).authTest},

		"apps.connections.open": {token: appToken, perMinute: tier3, scopes: []string{"connections:write"}, do: (*call).connectionsOpen},

		"chat.postMessage":   {perMinute: 60, scopes: []string{"chat:write"}, do: (*call).postMessage},
		"chat.postEphemeral": {perMinute: tier4, scopes: []string{"chat:write"}, do: (*call).postEphemeral},
		"chat.update":        {perMinute: tier3, scopes: []string{"chat:write"}, do: (*call).chatUpdate},
		"chat.delete":        {perMinute: tier3, scopes: []string{"chat:write"}, do: (*call).chatDelete},
		"chat.getPermalink":  {perMinute: 600, do: (*call).permalink},

		"conversations.open":    {perMinute: tier3, do: (*call).conversationsOpen},
		"conversations.info":    {perMinute: tier3, do: (*call).conversationsInfo},
		"conversations.list":    {perMinute: tier2, do: (*call).conversationsList},
		"conversations.members": {perMinute: tier4, do: (*call).conversationsMembers},
		"conversations.join":    {perMinute: tier3, scopes: []string{"channels:join"}, do: (*call).conversationsJoin},
		"conversations.history": {perMinute: tier3, do: (*call).conversationsHistory},
		"conversations.replies": {perMinute: tier3, do: (*call).conversationsReplies},

		"users.info":          {perMinute: tier4, scopes: []string{"users:read"}, do: (*call).usersInfo},
		"users.list":          {perMinute: tier2, scopes: []string{"users:read"}, do: (*call).usersList},
		"users.lookupByEmail": {perMinute: tier3, scopes: []string{"users:read.email"}, do: (*call).lookupByEmail},
		"users.getPresence":   {perMinute: tier3, scopes: []string{"users:read"}, do: (*call).getPresence},

		"usergroups.list":       {perMinute: tier2, scopes: []string{"usergroups:read"}, do: (*call).usergroupsList},
		"usergroups.users.list": {perMinute: tier2, scopes: []string{"usergroups:read"}, do: (*call).usergroupsUsers},

		"views.open":    {perMinute: tier4, do: (*call).viewsOpen},
		"views.push":    {perMinute: tier4, do: (*call).viewsPush},
		"views.update":  {perMinute: tier4, do: (*call).viewsUpdate},
		"views.publish": {perMinute: tier4, do: (*call).viewsPublish},

		"team.info":       {perMinute: tier3, scopes: []string{"team:read"}, do: (*call).teamInfo},
		"bots.info":       {perMinute: tier4, scopes: []string{"users:read"}, do: (*call).botsInfo},
		"reactions.add":   {perMinute: tier3, scopes: []string{"reactions:write"}, do: (*call).reactionsAdd},
		"blocks.validate": {perMinute: tier4, do: (*call).blocksValidate},
	}
}
