const SHOWN = 4_000;

/** What was tried, one line each, and what came of it. */
export class Report {
  readonly problems: string[] = [];
  readonly #say: (line: string) => void;
  #steps = 0;
  #about = "";
  #logs: () => readonly string[] = () => [];

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Steps that belong together; that they could not even be tried is a problem, too. */
  async scene(about: string, work: () => Promise<void>): Promise<void> {
    this.begin(about);
    const problem = await problemOf(work);
    if (problem !== undefined) this.#complain("the scene", problem);
  }

  /** What the next steps are about. */
  begin(about: string): void {
    this.#about = about;
    this.#say(about);
  }

  /** Logs of which the end is shown beside what is wrong. */
  showOnFailure(logs: () => readonly string[]): void {
    this.#logs = logs;
  }

  /** Something that whoever reads it should know, good or bad. */
  note(text: string): void {
    this.#say(`     ${text}`);
  }

  /** Tries something; what it throws is a problem, and what follows is tried all the same. */
  async step(name: string, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    this.#steps += 1;
    const problem = await problemOf(work);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    if (problem === undefined) this.#say(`  ok ${name} (${seconds} s)`);
    else this.#complain(`${name} (${seconds} s)`, problem);
  }

  #complain(name: string, problem: string): void {
    this.problems.push(`${this.#about}: ${name}: ${problem}`);
    for (const log of this.#logs()) this.#say(log.slice(-SHOWN));
    this.#say(`  WRONG ${name}\n${problem}`);
  }
}

async function problemOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
