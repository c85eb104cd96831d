import { slackBody, type SlackDouble, type SlackMessage, startSlack } from "@hal/testkit";
import type { ChatPlace, Persona } from "./chat-place.ts";

const CHANNEL = "C0ALERTS";
const IDS: Readonly<Record<Persona, string>> = { ann: "U1ANN", bob: "U2BOB" };

interface Pressable {
  readonly action_id: string;
  readonly text?: { readonly text?: string };
}

/** Slack's double with one channel. */
export class SlackPlace implements ChatPlace {
  readonly name = "Slack";
  readonly section: Readonly<Record<string, unknown>>;
  readonly #slack: SlackDouble;

  private constructor(slack: SlackDouble) {
    this.#slack = slack;
    this.section = {
      bot_token: slack.botToken,
      app_token: slack.appToken,
      api_url: slack.apiUrl,
      channels: { alerts: CHANNEL },
      access: { viewers: ["everyone"], operators: [IDS.ann] },
    };
  }

  static async open(): Promise<SlackPlace> {
    const slack = await startSlack({ patienceMs: 60_000 });
    slack.workspace.addChannel(CHANNEL, "alerts");
    return new SlackPlace(slack);
  }

  transcript(): string {
    return this.#slack.transcript(CHANNEL);
  }

  toldTo(person: Persona): string {
    const told = this.#slack.workspace.messages.filter(({ ephemeralTo }) => ephemeralTo === IDS[person]);
    return told.map(slackBody).join("\n");
  }

  async type(person: Persona, command: string, words: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#person(person).command(CHANNEL, ["/hal", command, ...Object.values(words)].join(" "));
  }

  async press(person: Persona, label: string): Promise<void> {
    const found = this.#slack.workspace.messages
      .filter(({ channel }) => channel === CHANNEL)
      .flatMap((message) => buttonsOf(message).map((button) => ({ message, button })))
      .findLast(({ button }) => button.text?.text === label);
    if (found === undefined) throw new Error(`there is no button ${label}:\n${this.transcript()}`);
    await this.#person(person).press(found.message, found.button.action_id);
  }

  async fillIn(person: Persona, values: Readonly<Record<string, string | readonly string[]>>): Promise<void> {
    const modal = this.#slack.workspace.modals.at(-1);
    if (modal === undefined) throw new Error("no form is open");
    await this.#person(person).submit(modal, values);
  }

  form(): string {
    const view = this.#slack.workspace.modals.at(-1)?.view;
    if (view === undefined) throw new Error("no form is open");
    const { title, blocks, submit } = view as {
      readonly title: { readonly text: string };
      readonly submit: { readonly text: string };
      readonly blocks: readonly {
        readonly text?: { readonly text: string };
        readonly label?: { readonly text: string };
        readonly element?: { readonly options?: readonly { readonly text: { readonly text: string } }[] };
      }[];
    };
    const lines = blocks.flatMap(({ text, label, element }) => [
      ...(text === undefined ? [] : [text.text]),
      ...(label === undefined ? [] : [`${label.text}: ____`]),
      ...(element?.options ?? []).map((option) => `  ( ) ${option.text.text}`),
    ]);
    return [`**${title.text}**`, ...lines, `[${submit.text}]`].join("\n");
  }

  complaints(): readonly string[] {
    const { refused, notes } = this.#slack.record;
    return [...refused, ...notes].map((one) => JSON.stringify(one));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#slack[Symbol.asyncDispose]() as Promise<void>;
  }

  #person(person: Persona): ReturnType<SlackDouble["person"]> {
    return this.#slack.person(IDS[person], person);
  }
}

function buttonsOf({ blocks }: SlackMessage): readonly Pressable[] {
  const elements = blocks as readonly { readonly elements?: readonly Pressable[] }[];
  return elements.flatMap((block) => block.elements ?? []);
}
