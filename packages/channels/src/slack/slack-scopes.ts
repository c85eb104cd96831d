/** What the app has to be allowed, and what for. */
export interface SlackScope {
  readonly scope: string;
  readonly why: string;
  /** needed where it is used only */
  readonly isOptional?: boolean;
}

/** The scopes of the bot token. */
export const SLACK_SCOPES: readonly SlackScope[] = [
  { scope: "chat:write", why: "sends messages to the channels that the app is in, and changes its own ones" },
  { scope: "channels:read", why: "looks whether a public channel is there, and the app in it" },
  { scope: "groups:read", why: "the same for private channels" },
  {
    scope: "channels:history",
    why: "finds a message again that was sent, and hears replies in threads of public channels",
  },
  { scope: "groups:history", why: "the same in private channels" },
  { scope: "commands", why: "hears the command" },
  {
    scope: "app_mentions:read",
    why: "hears where somebody calls the app, also in threads, where Slack has no commands",
  },
  { scope: "files:write", why: "sends what is too long for a message as a file", isOptional: true },
  { scope: "files:read", why: "reads files and images that people send along in a thread", isOptional: true },
  { scope: "assistant:write", why: "shows a session at work with a button that stops it", isOptional: true },
];

/** The scope of the app-level token, for Socket Mode. */
export const SLACK_APP_SCOPE: SlackScope = {
  scope: "connections:write",
  why: "connects to Slack from here, so that Slack needs no way in",
};
