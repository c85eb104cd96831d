/** Why opencode fails at a directory, and since when; milliseconds since 1970. */
export interface DirectoryProblem {
  readonly reason: string;
  readonly since: number;
  /** says that opencode could not read what is configured there, so that nothing of it runs there */
  readonly config?: UnreadConfig | undefined;
}

/** A configuration that opencode could not read. */
export interface UnreadConfig {
  /** undefined where it is in no file */
  readonly file: string | undefined;
}

/** What a directory answered to one kind of question; without a reason it answered well. */
export interface Noted {
  readonly directory: string;
  readonly about: string;
  readonly reason: string | undefined;
  readonly config?: UnreadConfig | undefined;
  /** other kinds that it answers with this one */
  readonly covers?: readonly string[] | undefined;
}

/** The directories that opencode fails at. One that answers one kind of question may go on failing at another. */
export class DirectoryProblems {
  readonly #problems = new Map<string, Map<string, DirectoryProblem>>();

  /** The problem that a directory has had for longest. */
  of(directory: string): DirectoryProblem | undefined {
    return [...(this.#problems.get(directory)?.values() ?? [])].toSorted((a, b) => a.since - b.since)[0];
  }

  get all(): ReadonlyMap<string, DirectoryProblem> {
    return new Map([...this.#problems.keys()].map((directory) => [directory, this.of(directory) as DirectoryProblem]));
  }

  /** Whether that changed what is the matter with the directory. */
  note({ directory, about, reason, config, covers = [] }: Noted, at: number): boolean {
    const before = this.of(directory);
    const kinds = this.#problems.get(directory) ?? new Map<string, DirectoryProblem>();
    const since = kinds.get(about)?.since ?? at;
    if (reason === undefined) for (const kind of [about, ...covers]) kinds.delete(kind);
    else kinds.set(about, { reason, since, ...(config === undefined ? {} : { config }) });
    if (kinds.size === 0) this.#problems.delete(directory);
    else this.#problems.set(directory, kinds);
    return this.of(directory)?.reason !== before?.reason;
  }

  /** Forgets all other directories; whether there was anything to forget. */
  keepOnly(directories: ReadonlySet<string>): boolean {
    const others = [...this.#problems.keys()].filter((directory) => !directories.has(directory));
    for (const directory of others) this.#problems.delete(directory);
    return others.length > 0;
  }
}
