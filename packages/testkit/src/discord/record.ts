/** One thing that happened between Discord and the app. */
export interface DiscordEntry {
  /**
   * `call`: the app asked something over REST; `sent`: Discord told it something over the gateway; `acknowledged`,
   * `unacknowledged`: what became of an interaction; `gateway`: a connection began, ended, or was resumed.
   */
  readonly kind: "call" | "sent" | "acknowledged" | "unacknowledged" | "gateway";
  /** the route, or what was sent */
  readonly name: string;
  /** why it was refused, or what broke; nothing where it was taken */
  readonly error?: string | undefined;
  /** what it was about, without secrets */
  readonly facts: Readonly<Record<string, unknown>>;
  /** what Discord takes, and a person would be sorry for, such as an address that unfurls */
  readonly notes?: readonly string[] | undefined;
}

/** Everything that the double took, refused and told, in its order. */
export class DiscordRecord {
  readonly entries: DiscordEntry[] = [];

  add(entry: DiscordEntry): void {
    this.entries.push(entry);
  }

  /** The requests of a route, oldest first. */
  calls(route: string): readonly DiscordEntry[] {
    return this.entries.filter(({ kind, name }) => kind === "call" && name === route);
  }

  get refused(): readonly DiscordEntry[] {
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

const ARROWS: Readonly<Record<DiscordEntry["kind"], string>> = {
  call: "→",
  sent: "←",
  acknowledged: "✓",
  unacknowledged: "✗",
  gateway: "·",
};

function lineOf({ kind, name, error, facts, notes = [] }: DiscordEntry): string {
  const told = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const tail = [...(error === undefined ? [] : [`REFUSED ${error}`]), ...notes.map((note) => `(${note})`)];
  return [ARROWS[kind], name, ...told, ...tail].join(" ").replaceAll("\n", "\\n");
}
