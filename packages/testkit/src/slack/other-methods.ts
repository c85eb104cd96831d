import {
  channelOf,
  isYes,
  jsonOf,
  needed,
  openChannelOf,
  refuseBlocks,
  type SlackArguments,
  type SlackMethod,
  SlackRefusal,
  textOf,
} from "./call.ts";
import { shownMessage } from "./chat-methods.ts";
import { isRecord } from "./checks.ts";
import { judgeModal } from "./judge-blocks.ts";
import { BOT, BOT_USER, type SlackMessage, type SlackWorkspace, TEAM } from "./workspace.ts";

const SESSION_STATUSES = ["processing", "active", "suspended", "closed"];

/** What is asked about the workspace, and all that is neither a message nor a file. */
export const otherMethods: Readonly<Record<string, SlackMethod>> = {
  "auth.test": {
    run: () => ({
      url: "https://hal.slack.test/",
      team: "hal",
      user: "hal",
      team_id: TEAM,
      user_id: BOT_USER,
      bot_id: BOT,
    }),
  },
  "conversations.info": {
    scopes: ["channels:read", "groups:read"],
    run(workspace, given) {
      const { id, name, isPrivate, isMember, isArchived } = channelOf(workspace, needed(given, "channel"));
      return {
        channel: { id, name, is_private: isPrivate, is_member: isMember, is_archived: isArchived, is_channel: true },
      };
    },
  },
  "conversations.history": {
    scopes: ["channels:history", "groups:history"],
    run(workspace, given) {
      const channel = readable(workspace, given);
      const all = workspace.messagesOf(channel).filter(({ threadTs }) => threadTs === undefined);
      return pageOf(given, all.toReversed());
    },
  },
  "conversations.replies": {
    scopes: ["channels:history", "groups:history"],
    run(workspace, given) {
      const channel = readable(workspace, given);
      const ts = needed(given, "ts");
      if (workspace.messageAt(channel, ts) === undefined) throw new SlackRefusal("thread_not_found");
      const all = workspace.messagesOf(channel).filter((one) => one.ts === ts || one.threadTs === ts);
      return pageOf(given, all);
    },
  },
  "views.open": {
    run(workspace, given) {
      const right = workspace.rights.get(needed(given, "trigger_id"));
      if (right === undefined) throw new SlackRefusal("invalid_trigger_id");
      if (right.isTriggerUsed) throw new SlackRefusal("exchanged_trigger_id");
      if (workspace.now() - right.at > workspace.patienceMs) throw new SlackRefusal("expired_trigger_id");
      const view = jsonOf(given, "view", "invalid_arguments");
      refuseBlocks("invalid_arguments", judgeModal(view));
      right.isTriggerUsed = true;
      const modal = { id: workspace.name("V"), user: right.user, view: isRecord(view) ? view : {} };
      workspace.modals.push(modal);
      return { view: { ...modal.view, id: modal.id } };
    },
  },
  "agents.sessions.setStatus": {
    scopes: ["chat:write"],
    run: setStatus,
  },
};

function readable(workspace: SlackWorkspace, given: SlackArguments): string {
  const channel = channelOf(workspace, needed(given, "channel"));
  if (!channel.isMember) throw new SlackRefusal("not_in_channel");
  return channel.id;
}

function pageOf(given: SlackArguments, all: readonly SlackMessage[]): Record<string, unknown> {
  const start = Number(textOf(given, "cursor") ?? 0);
  const end = start + Number(given["limit"] ?? 100);
  return {
    messages: all.slice(start, end).map((one) => shownMessage(one, isYes(given, "include_all_metadata"))),
    has_more: end < all.length,
    response_metadata: { next_cursor: end < all.length ? String(end) : "" },
  };
}

function setStatus(workspace: SlackWorkspace, given: SlackArguments, notes: string[]): Record<string, unknown> {
  if (!workspace.isAgent || !workspace.scopes.has("assistant:write"))
    throw new SlackRefusal("missing_scope", { needed: "assistant:write", provided: [...workspace.scopes].join(",") });
  const channel = openChannelOf(workspace, needed(given, "channel_id")).id;
  const threadTs = needed(given, "thread_ts");
  const status = needed(given, "status");
  if (!SESSION_STATUSES.includes(status)) throw new SlackRefusal("invalid_status");
  if (workspace.messageAt(channel, threadTs) === undefined) throw new SlackRefusal("thread_not_found");
  let session = workspace.sessions.find((one) => one.channel === channel && one.threadTs === threadTs);
  if (session === undefined) {
    const title = textOf(given, "title");
    if (title !== undefined && title.length > 200) throw new SlackRefusal("title_too_long");
    session = { channel, threadTs, title, status };
    workspace.sessions.push(session);
  }
  session.status = status;
  const warning = "missing_agent_session_stopped_event_subscription";
  if (!workspace.hearsStops) notes.push(warning);
  return { agent_status: status, title: session.title, ...(workspace.hearsStops ? {} : { warning }) };
}
