import { isRecord } from "./checks.ts";
import { shownMessage } from "./chat-methods.ts";
import type { SlackPayload } from "./delivery.ts";
import { APP, BOT, BOT_USER, type SlackAnswerRight, type SlackMessage, type SlackModal, TEAM } from "./workspace.ts";

export interface SlackPersonName {
  readonly id: string;
  readonly name: string;
}

const token = "deprecated";

/** Somebody typed a command. */
export function commandPayload(
  who: SlackPersonName,
  channel: SlackPersonName,
  command: string,
  text: string,
  { id }: SlackAnswerRight,
  responseUrl: string,
): SlackPayload {
  return {
    type: "slash_commands",
    body: {
      token,
      team_id: TEAM,
      team_domain: "hal",
      channel_id: channel.id,
      channel_name: channel.name,
      user_id: who.id,
      user_name: who.name,
      command,
      text,
      api_app_id: APP,
      is_enterprise_install: "false",
      response_url: responseUrl,
      trigger_id: id,
    },
  };
}

/** Something happened that the app wants to hear of. */
export function eventPayload(
  id: string,
  atS: number,
  event: Readonly<Record<string, unknown>>,
  retry = 0,
): SlackPayload {
  return {
    type: "events_api",
    retry,
    body: {
      token,
      team_id: TEAM,
      api_app_id: APP,
      type: "event_callback",
      event_id: id,
      event_time: atS,
      event,
      authorizations: [{ team_id: TEAM, user_id: BOT_USER, is_bot: true, is_enterprise_install: false }],
      is_ext_shared_channel: false,
    },
  };
}

/** Somebody pressed a button. */
export function pressPayload(
  who: SlackPersonName,
  channel: SlackPersonName,
  message: SlackMessage,
  element: Readonly<Record<string, unknown>>,
  { id }: SlackAnswerRight,
  responseUrl: string,
): SlackPayload {
  return {
    type: "interactive",
    body: {
      type: "block_actions",
      token,
      user: { id: who.id, username: who.name, name: who.name, team_id: TEAM },
      api_app_id: APP,
      team: { id: TEAM, domain: "hal" },
      enterprise: null,
      is_enterprise_install: false,
      container: {
        type: "message",
        message_ts: message.ts,
        channel_id: channel.id,
        is_ephemeral: message.ephemeralTo !== undefined,
        ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
      },
      trigger_id: id,
      channel: { id: channel.id, name: channel.name },
      message: { ...shownMessage(message, false), user: BOT_USER, bot_id: BOT, team: TEAM },
      state: { values: {} },
      response_url: responseUrl,
      actions: [{ ...element, type: "button", block_id: "b", action_ts: message.ts }],
    },
  };
}

/** Somebody sent a form off. */
export function submitPayload(
  who: SlackPersonName,
  modal: SlackModal,
  values: Readonly<Record<string, unknown>>,
  { id }: SlackAnswerRight,
): SlackPayload {
  return {
    type: "interactive",
    body: {
      type: "view_submission",
      token,
      team: { id: TEAM, domain: "hal" },
      user: { id: who.id, username: who.name, name: who.name, team_id: TEAM },
      api_app_id: APP,
      trigger_id: id,
      enterprise: null,
      is_enterprise_install: false,
      response_urls: [],
      view: {
        private_metadata: "",
        ...modal.view,
        id: modal.id,
        team_id: TEAM,
        app_id: APP,
        bot_id: BOT,
        hash: "h",
        root_view_id: modal.id,
        previous_view_id: null,
        external_id: "",
        state: { values: stateOf(modal, values) },
      },
    },
  };
}

/** What stands in the fields of a form, by block and element, as Slack says it. */
function stateOf({ view }: SlackModal, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const inputs = (view["blocks"] as readonly unknown[]).filter(
    (one) => isRecord(one) && one["type"] === "input",
  ) as readonly {
    readonly block_id: string;
    readonly element: { readonly type: string; readonly action_id: string };
  }[];
  return Object.fromEntries(
    inputs.map(({ block_id, element: { type, action_id } }) => [
      block_id,
      { [action_id]: { type, ...stateOfElement(type, values[block_id]) } },
    ]),
  );
}

function stateOfElement(type: string, value: unknown): Record<string, unknown> {
  const option = (one: unknown) => ({
    text: { type: "plain_text", text: String(one), emoji: true },
    value: String(one),
  });
  switch (type) {
    case "plain_text_input":
      return { value: value ?? null };
    case "checkboxes":
    case "multi_static_select":
      return { selected_options: Array.isArray(value) ? value.map(option) : [] };
    default:
      return { selected_option: value === undefined ? null : option(value) };
  }
}
