import { slackBody, type SlackDouble, startSlack } from "@hal/testkit";
import { describe } from "vitest";
import { type Listener, openSlack } from "../../src/index.ts";
import { type ChannelStand, conformance, type Doings, type Shown, type Troubles } from "../conformance.ts";
import { serveRequests } from "../support/serve-requests.ts";

const PLACE = "C0000001";
const WHO = "U0000002";

describe.each(["socket", "http"] as const)("Slack over %s", (mode) => {
  const abilities = { edits: true, threads: true, finds: true, buttons: true };
  conformance(abilities, { isTroubled: true, isPeopled: true }, (listener) => open(mode, listener));
});

async function open(mode: "socket" | "http", listener: Listener): Promise<ChannelStand> {
  const slack = await startSlack({ patienceMs: 60_000 });
  const { workspace, botToken, appToken, signingSecret, apiUrl } = slack;
  workspace.addChannel(PLACE, "alerts");
  const channel = await openSlack({ botToken, appToken, signingSecret, apiUrl, mode, listener });
  const served = await serveRequests((request) => channel.fetch(request));
  if (mode === "http") slack.sendTo(served.url);
  else await slack.socket.connected();
  return {
    channel,
    place: PLACE,
    somebody: { kind: "user", id: "U0000009" },
    shown: () => shownBy(slack),
    called: () => calledBy(slack),
    remove: ({ place, id }) => {
      const message = workspace.messageAt(place, id);
      if (message !== undefined) workspace.remove(message);
    },
    troubles: troublesOf(slack),
    doings: doingsOf(slack),
    async [Symbol.asyncDispose]() {
      await channel[Symbol.asyncDispose]();
      await slack[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

function shownBy({ workspace }: SlackDouble): readonly Shown[] {
  return workspace
    .messagesOf(PLACE)
    .filter(({ isOwn }) => isOwn)
    .map((message) => ({ id: message.ts, thread: message.threadTs, text: slackBody(message) }));
}

function calledBy({ record }: SlackDouble): readonly string[] {
  return record.entries
    .flatMap(({ facts }) => (facts["calls"] as readonly string[] | undefined) ?? [])
    .map((call) => (/^!(channel|here|everyone)/.test(call) ? "everyone" : call.replace(/^(@|!subteam\^)/, "")));
}

function troublesOf({ faults, workspace }: SlackDouble): Troubles {
  const next = "chat.postMessage";
  return {
    busy: (retryAfterS) => faults.add(next, { kind: "rate_limited", retryAfterS }),
    unwell: () => faults.add(next, { kind: "status", status: 503 }),
    unanswered: () => faults.add(next, { kind: "broken_after" }),
    lockedOut: () => void (workspace.botToken = "token_revoked"),
    closed: () => void (workspace.addChannel(PLACE, "alerts").isArchived = true),
  };
}

function doingsOf(slack: SlackDouble): Doings {
  const { workspace } = slack;
  const person = slack.person(WHO, "ann");
  const isDone = async (done: Promise<{ readonly outcome: string }>) => (await done).outcome === "acknowledged";
  return {
    who: WHO,
    command: (words) => isDone(person.command(PLACE, `/hal ${words.join(" ")}`)),
    press: async ({ place, id }, button) => {
      const message = workspace.messageAt(place, id);
      return message !== undefined && isDone(person.press(message, button));
    },
    fillIn: async (values) => {
      const modal = workspace.modals.at(-1);
      return modal !== undefined && isDone(person.submit(modal, values));
    },
    formTitle: () => (workspace.modals.at(-1)?.view["title"] as { readonly text: string } | undefined)?.text,
    say: async (thread, text) => {
      const told = await person.say(PLACE, text, thread.id);
      return told.every(({ outcome }) => outcome === "acknowledged");
    },
    told: () => workspace.messages.filter(({ ephemeralTo }) => ephemeralTo === WHO).map(slackBody),
  };
}
