import { cutEnd } from "../cut.ts";
import { SLACK_SCOPES } from "./slack-scopes.ts";

/** What the app is told of, and what for. */
export interface SlackEventType {
  readonly event: string;
  readonly why: string;
  /** of an app that is declared an agent */
  readonly isOfAgents?: boolean;
}

export const SLACK_EVENTS: readonly SlackEventType[] = [
  { event: "app_mention", why: "hears commands by the app's name, also in threads" },
  { event: "message.channels", why: "hears replies in the thread of a session, in public channels" },
  { event: "message.groups", why: "the same in private channels" },
  { event: "agent_session_stopped", why: "hears the button that stops a session at work", isOfAgents: true },
];

/** The scope that Slack gives to agents only. */
const AGENT_SCOPE = "assistant:write";

export type SlackManifestOptions = {
  /** of the app, and of who writes its messages */
  readonly name: string;
  /** declares it an agent, so that sessions show that they are at work, with a button that stops them */
  readonly isAgent?: boolean;
} & (
  | { readonly mode: "socket" }
  | {
      readonly mode: "http";
      /** where Slack reaches it from outside: commands, buttons and events in one place */
      readonly url: string;
    }
);

/** What an app on Slack is made from, as its settings take it in JSON. */
export interface SlackManifest {
  readonly display_information: { readonly name: string; readonly description: string };
  readonly features: {
    readonly bot_user: { readonly display_name: string; readonly always_online: boolean };
    readonly slash_commands: readonly {
      readonly command: string;
      readonly description: string;
      readonly usage_hint: string;
      readonly should_escape: boolean;
      readonly url?: string;
    }[];
    readonly agent_view?: { readonly agent_description: string };
  };
  readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } };
  readonly settings: {
    readonly event_subscriptions: { readonly bot_events: readonly string[]; readonly request_url?: string };
    readonly interactivity: { readonly is_enabled: boolean; readonly request_url?: string };
    readonly socket_mode_enabled: boolean;
    readonly org_deploy_enabled: boolean;
    readonly token_rotation_enabled: boolean;
  };
}

const DESCRIPTION = "Tells of coding agents, and lets you answer, start and stop them";

/** The manifest of an app with all that this channel uses. `SLACK_SCOPES` and `SLACK_EVENTS` say what each of it is for. */
export function slackManifest(options: SlackManifestOptions): SlackManifest {
  const { name, mode, isAgent = false } = options;
  const url = options.mode === "http" ? options.url : undefined;
  const request = url === undefined ? {} : { request_url: url };
  return {
    display_information: { name: cutEnd(name, 35), description: DESCRIPTION },
    features: {
      bot_user: { display_name: cutEnd(name, 80), always_online: true },
      slash_commands: [
        {
          command: "/hal",
          description: DESCRIPTION,
          usage_hint: "status | nodes | start <project> <prompt> | help",
          should_escape: true,
          ...(url === undefined ? {} : { url }),
        },
      ],
      ...(isAgent ? { agent_view: { agent_description: DESCRIPTION } } : {}),
    },
    oauth_config: {
      scopes: { bot: SLACK_SCOPES.map(({ scope }) => scope).filter((scope) => isAgent || scope !== AGENT_SCOPE) },
    },
    settings: {
      event_subscriptions: {
        bot_events: SLACK_EVENTS.filter(({ isOfAgents = false }) => isAgent || !isOfAgents).map(({ event }) => event),
        ...request,
      },
      interactivity: { is_enabled: true, ...request },
      socket_mode_enabled: mode === "socket",
      org_deploy_enabled: false,
      token_rotation_enabled: false,
    },
  };
}

/** Where a browser makes an app from it. */
export function slackCreateUrl(manifest: SlackManifest): string {
  return `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(JSON.stringify(manifest))}`;
}
