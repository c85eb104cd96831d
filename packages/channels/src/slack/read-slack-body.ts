import type { HeardCommand, HeardForm, HeardPress, HeardStop, HeardWords, Person } from "../inbound.ts";
import type { Posted } from "../channel.ts";
import { LINK } from "./render-slack.ts";
import { readSlackForm, type SlackFilled } from "./render-slack-form.ts";
import { mentions, readSlackText, splitSlackWords, withoutMention } from "./read-slack.ts";

/** What somebody did, without what answers it. */
export type SlackHeard =
  | Told<HeardCommand>
  | Told<HeardPress>
  | Told<HeardForm>
  | Told<HeardStop>
  | (Omit<Told<HeardWords>, "files"> & { readonly files: readonly SlackFileFacts[] });
type Told<T> = Omit<T, "reply"> & {
  /** opens a form, for three seconds */
  readonly trigger?: string | undefined;
  readonly responseUrl?: string | undefined;
};

/** A file as Slack tells of it. */
export interface SlackFileFacts {
  readonly name?: string;
  readonly mimetype?: string;
  readonly size?: number;
  readonly url_private_download?: string;
  readonly url_private?: string;
}

export interface SlackCommandBody {
  readonly trigger_id: string;
  readonly user_id: string;
  readonly user_name?: string;
  readonly channel_id: string;
  readonly text?: string;
  readonly response_url: string;
}

export function readSlackCommand(body: SlackCommandBody): SlackHeard {
  const { trigger_id: id, user_id, user_name, channel_id: place, text = "", response_url: responseUrl } = body;
  const words = splitSlackWords(text);
  const who = person(user_id, user_name);
  return { kind: "command", id, who, place, thread: undefined, words, named: {}, trigger: id, responseUrl };
}

interface SlackUser {
  readonly id: string;
  readonly username?: string;
  readonly name?: string;
}

export interface SlackPressBody {
  readonly trigger_id: string;
  readonly user: SlackUser;
  readonly channel?: { readonly id: string };
  readonly response_url?: string;
  readonly container: { readonly message_ts?: string; readonly channel_id?: string; readonly thread_ts?: string };
  readonly actions: readonly { readonly action_id: string }[];
}

/** A press; undefined where the button only opens an address, or is in no message. */
export function readSlackPress(body: SlackPressBody): SlackHeard | undefined {
  const { trigger_id: id, user, channel, container, actions, response_url: responseUrl } = body;
  const place = channel?.id ?? container.channel_id;
  const button = actions[0]?.action_id;
  if (place === undefined || container.message_ts === undefined || button === undefined) return undefined;
  if (button.startsWith(LINK)) return undefined;
  const message: Posted = { place, id: container.message_ts };
  return {
    kind: "press",
    id,
    who: person(user.id, user.username ?? user.name),
    place,
    thread: threadOf(place, container.thread_ts),
    button,
    message,
    trigger: id,
    responseUrl,
  };
}

export interface SlackFormBody {
  readonly trigger_id?: string;
  readonly user: SlackUser;
  readonly view: {
    readonly id: string;
    readonly callback_id: string;
    readonly private_metadata: string;
    readonly state: { readonly values: Readonly<Record<string, Readonly<Record<string, SlackFilled>>>> };
  };
}

/** Where a form was opened; it comes back with it. */
export interface SlackOrigin {
  readonly place: string;
  readonly thread?: string | undefined;
  readonly message?: string | undefined;
}

/** A form; undefined where it is none of ours. */
export function readSlackForms({ user, view }: SlackFormBody): SlackHeard | undefined {
  const origin = originOf(view.private_metadata);
  if (origin === undefined) return undefined;
  const { place, thread, message } = origin;
  return {
    kind: "form",
    id: view.id,
    who: person(user.id, user.username ?? user.name),
    place,
    thread: threadOf(place, thread),
    form: view.callback_id,
    values: readSlackForm(view.state.values),
    message: message === undefined ? undefined : { place, id: message },
  };
}

export interface SlackEventBody {
  readonly event_id: string;
  readonly authorizations?: readonly { readonly user_id?: string; readonly is_bot?: boolean }[];
  readonly event: {
    readonly type: string;
    readonly subtype?: string;
    readonly user?: string;
    readonly bot_id?: string;
    readonly app_id?: string;
    readonly channel?: string;
    readonly thread_ts?: string;
    readonly ts?: string;
    readonly text?: string;
    readonly files?: readonly SlackFileFacts[];
  };
}

/** With these somebody writes; others tell of what was written already, or of somebody who came. */
const WRITING = [undefined, "file_share", "thread_broadcast"];

/** An event; undefined where nobody asks for anything by it. */
export function readSlackEvent({ event_id: id, authorizations, event }: SlackEventBody): SlackHeard | undefined {
  const { type, subtype, user, bot_id, app_id, channel: place, thread_ts, text = "", files = [] } = event;
  // what programs write, this one included, asks for nothing
  if (user === undefined || place === undefined || bot_id !== undefined || app_id !== undefined) return undefined;
  const own = authorizations?.find(({ is_bot }) => is_bot !== false)?.user_id ?? "";
  const thread = threadOf(place, thread_ts);
  const common = { id, who: person(user, undefined), place };
  if (type === "agent_session_stopped") return thread && { kind: "stop", ...common, thread };
  if (!WRITING.includes(subtype)) return undefined;
  if (type === "app_mention")
    return { kind: "command", ...common, thread, words: splitSlackWords(withoutMention(text, own)), named: {} };
  // where the app is called, that comes as an event of its own
  if (type !== "message" || thread === undefined || mentions(text, own)) return undefined;
  return { kind: "words", ...common, thread, text: readSlackText(text), files };
}

function person(id: string, name: string | undefined): Person {
  return { id, name, handle: name, roles: [], isManager: false };
}

function threadOf(place: string, ts: string | undefined): Posted | undefined {
  return ts === undefined ? undefined : { place, id: ts };
}

function originOf(text: string): SlackOrigin | undefined {
  try {
    const value = JSON.parse(text) as Partial<SlackOrigin> | null;
    return typeof value?.place === "string" ? (value as SlackOrigin) : undefined;
  } catch {
    return undefined; // another program's, or none
  }
}
