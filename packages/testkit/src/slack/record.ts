/** One thing that happened between Slack and the app. */
export interface SlackEntry {
  /**
   * `call`: the app asked something of the Web API; `response`: it used a response_url; `sent`: Slack told it something;
   * `acknowledged`, `unacknowledged`: what became of that; `socket`: a connection of Socket Mode began or ended.
   */
  readonly kind: "call" | "response" | "sent" | "acknowledged" | "unacknowledged" | "socket";
  /** the method, or the type of what was sent */
  readonly name: string;
  /** why it was refused, or what broke; nothing where it was taken */
  readonly error?: string | undefined;
  /** what it was about, without secrets */
  readonly facts: Readonly<Record<string, unknown>>;
  /** what Slack takes, and a person would be sorry for, such as blocks without a text */
  readonly notes?: readonly string[] | undefined;
  /** how long it took, in milliseconds */
  readonly tookMs?: number | undefined;
}

/** Everything that the double took, refused and told, in its order. */
export class SlackRecord {
  readonly entries: SlackEntry[] = [];

  add(entry: SlackEntry): void {
    this.entries.push(entry);
  }

  /** The calls of a method, oldest first. */
  calls(method: string): readonly SlackEntry[] {
    return this.entries.filter(({ kind, name }) => kind === "call" && name === method);
  }

  get refused(): readonly SlackEntry[] {
    return this.entries.filter(({ error }) => error !== undefined);
  }

  get notes(): readonly string[] {
    return this.entries.flatMap(({ notes = [] }) => notes);
  }

  /** One line for each, as a person reads it. */
  text(): string {
    return this.entries.map(lineOf).join("\n");
  }
}

const ARROWS: Readonly<Record<SlackEntry["kind"], string>> = {
  call: "→",
  response: "→",
  sent: "←",
  acknowledged: "✓",
  unacknowledged: "✗",
  socket: "·",
};

function lineOf({ kind, name, error, facts, notes = [] }: SlackEntry): string {
  const told = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const tail = [...(error === undefined ? [] : [`REFUSED ${error}`]), ...notes.map((note) => `(${note})`)];
  return [ARROWS[kind], name, ...told, ...tail].join(" ").replaceAll("\n", "\\n");
}
