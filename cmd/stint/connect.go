package main

import (
	"strings"

	"stint/access"
	"stint/awsconn"
	"stint/bot"
)

// awsConfig is the connection as the connector takes it.
func (c *awsConnection) awsConfig() awsconn.Config {
	host, whole := c.AWSPortalHost, ""
	if strings.Contains(host, "://") {
		host, whole = "", host
	}
	return awsconn.Config{
		Region: c.AWSRegion, InstanceARN: c.AWSInstanceARN, PortalHost: host, PortalURL: whole,
		EventsQueue: c.AWSEventsQueue, AssumeRoleARN: c.AWSRoleARN, ExternalID: c.AWSExternalID,
		ReaderRole: c.AWSReaderRole, ReaderExternalID: c.AWSReaderExternalID, GrantTag: c.AWSGrantTag,
	}
}

// slackOptions is the connection as the workspace takes it, without the token of sockets.
func (c *connection) slackOptions(clock access.Clock) bot.WorkspaceOptions {
	return bot.WorkspaceOptions{BotToken: c.SlackBotToken, APIURL: c.SlackAPIURL, Now: clock.Now}
}
