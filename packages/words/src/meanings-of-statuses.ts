type Texts = Readonly<Record<string, readonly [text: string, next?: string]>>;

/** What each status means and what to do then, by what has it. */
export const STATUS_MEANINGS: Readonly<Record<string, Texts>> = {
  session: {
    starting: ["It was just created, and its first turn has not begun."],
    busy: [
      "A turn is running: the model or one of its tools is at work.",
      "see what it writes: halctl attach <session>",
    ],
    idle: ["Its turn is over, and it takes prompts.", 'give it something to do: halctl send <session> "…"'],
    waiting: [
      "It, or a session below it, asked for a permission or asked a question, and goes on only after an answer.",
      "see what waits, and what to type: halctl inbox",
    ],
    retrying: [
      "The provider refused or failed, and opencode tries again by itself.",
      "see why and when it tries again: halctl why <session>",
    ],
    error: [
      "Its last turn failed. It is not at work, and it takes prompts.",
      "read what failed: halctl why <session>; have it go on: halctl resume <session>",
    ],
    ended: [
      "It was killed, archived or deleted, or another session continues it. It takes no prompts; its history stays.",
      'start another one: halctl run <project> "…"',
    ],
    unreachable: [
      "Its node is not connected, so nobody knows what it is doing. It may well be at work.",
      "find out what happened to the node: halctl why <node>",
    ],
    stuck: [
      "It is at work, and nothing has moved for too long.",
      "see where it hangs: halctl why <session>; stop the turn: halctl stop <session>",
    ],
    looping: [
      "It repeats the same call, or fails again and again.",
      'stop the turn: halctl stop <session>; tell it something else: halctl send <session> "…"',
    ],
  },
  node: {
    online: ["Its agent is connected, and its opencode is up."],
    degraded: ["Its agent is connected, but it cannot work as it should.", "see what is wrong: halctl why <node>"],
    offline: [
      "Its agent is not connected. Sessions there may be at work; what they tell is kept and arrives later.",
      "on that machine: systemctl status hal-agent",
    ],
  },
  command: {
    queued: [
      "It waits at the supervisor, and nothing has happened yet.",
      "take it back: halctl commands cancel <command>",
    ],
    sent: ["It was sent to its node, which has not said that it began."],
    running: ["Its node is carrying it out."],
    succeeded: ["It was carried out."],
    failed: ["It was not carried out, or only in part.", "read why: halctl commands get <command>"],
    cancelled: ["Somebody took it back before it began."],
    expired: ["Its deadline passed before it began, so it was not carried out.", "ask again once the node is online"],
  },
  interaction: {
    open: ["It waits for a person.", "halctl interactions allow|deny|answer <id>"],
    answered: ["It was answered by a person or by a standing rule."],
    expired: ["Nobody waits for the answer any more, for example because the turn was stopped."],
  },
  prompt: {
    pending: ["It waits in the list of its session.", "halctl prompts edit|move|cancel <prompt>"],
    sent: ["It was sent to its session."],
    cancelled: ["Somebody took it back before it was sent."],
    refused: ["Its session or its node did not take it.", "read why: halctl prompts get <prompt>"],
  },
  project: {
    ready: ["Its directory is there, and opencode can work in it."],
    missing: ["Its directory does not exist on the node.", "create it, or correct the agent's configuration"],
    inaccessible: ["The agent may not read or enter its directory.", "give the agent's user access to it"],
    failing: ["opencode cannot say what is in it.", "see why: halctl why <node>"],
  },
  occasion: {
    starting: ["A schedule asked its node to start a session."],
    started: ["A schedule started a session."],
    not_started: ["A schedule started nothing.", "read why: halctl schedules history <schedule>"],
  },
  target: {
    untried: ["Nothing has been sent to it yet.", "send a test: halctl channels test <target>"],
    working: ["What was sent to it last arrived."],
    failing: ["What was sent to it last did not arrive; it is tried again.", "read why: halctl channels list"],
    stopped: ["Nothing is sent to it until somebody fixes it.", "fix the cause, then: halctl channels test <target>"],
  },
  notice: {
    waiting: ["It has not been sent yet."],
    sent: ["It was sent and taken."],
    digested: ["It was sent in one message with others."],
    muted: ["It was not sent: the channel's verbosity leaves it out."],
    limited: ["It was not sent: its route had already told enough."],
    given_up: ["It was tried too often and is not sent any more.", "read why: halctl notices list --state given_up"],
  },
};
