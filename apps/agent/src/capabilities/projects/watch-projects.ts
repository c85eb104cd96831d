import { sleep } from "@hal/daemon";
import type { HalEvent, ProjectReport } from "@hal/protocol";
import type { Context } from "../../context.ts";
import { withProblems } from "./domain/project-problems.ts";
import { checkProjects, type ConfiguredProject } from "./check-projects.ts";

const LOOK_EVERY_MS = 10_000;

type Watching = Pick<Context, "book" | "clock" | "directories" | "durable" | "log" | "places">;

/** The state of each project, as its disk and as opencode see it; a change is told once. */
export class ProjectWatch {
  readonly #configured: readonly ConfiguredProject[];
  readonly #watching: Watching;
  readonly #tell: (event: HalEvent) => void;
  #checked: ProjectReport[];
  #told: readonly ProjectReport[];

  constructor(configured: readonly ConfiguredProject[], watching: Watching, tell: (event: HalEvent) => void) {
    this.#configured = configured;
    this.#watching = watching;
    this.#tell = tell;
    this.#checked = checkProjects(configured);
    this.#told = this.#checked;
    watching.directories.onChange = () => this.#compare();
    watching.durable.onChange = () => this.#compare();
  }

  /** The projects as they are now. */
  get reports(): readonly ProjectReport[] {
    return this.#told;
  }

  /** Looks at the directories now and then until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(LOOK_EVERY_MS, signal);
      this.#checked = checkProjects(this.#configured);
      this.#compare();
    }
  }

  #compare(): void {
    const reports = withProblems(this.#checked, this.#failing(), this.#watching.durable.problem);
    if (JSON.stringify(reports) === JSON.stringify(this.#told)) return;
    const { log, clock } = this.#watching;
    for (const { name, problem } of reports) {
      const before = this.#told.find((project) => project.name === name)?.problem;
      if (problem !== undefined && problem.reason !== before?.reason)
        log.warn({ project: name, reason: problem.reason }, "opencode fails at a project; the others go on");
      else if (problem === undefined && before !== undefined)
        log.info({ project: name }, "opencode answers for the project again");
    }
    this.#told = reports;
    this.#tell({ type: "projects.changed", at: clock.now(), data: { projects: reports } });
  }

  #failing() {
    const { book, directories, places } = this.#watching;
    const own = new Set(this.#configured.map(({ directory }) => places.real(directory)));
    return [...directories.failing].map(([directory, problem]) => ({
      directory,
      ...problem,
      project: places.projectOf(directory),
      isWhole: own.has(directory),
      sessions: [...book.all()].flatMap(({ id, managed, saved }) =>
        managed && saved.directory !== undefined && places.real(saved.directory) === directory ? [id] : [],
      ),
    }));
  }
}
