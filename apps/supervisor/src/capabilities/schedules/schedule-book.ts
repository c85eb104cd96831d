import { listSchedules, type ScheduleRow, type SupervisorStore } from "@hal/store/supervisor";
import type { SupervisorConfig } from "../../config.ts";
import { isTimeZone } from "../../domain/days.ts";
import { cronProblem } from "./domain/cron-times.ts";
import type { Schedule } from "./domain/schedule.ts";

/** The schedules as they are now: those of the configuration, and those that operations added. */
export class ScheduleBook {
  readonly #store: SupervisorStore;
  readonly #used: () => Pick<SupervisorConfig, "schedules">;
  #added: readonly Schedule[] = [];

  constructor(store: SupervisorStore, used: () => Pick<SupervisorConfig, "schedules">) {
    this.#store = store;
    this.#used = used;
  }

  /** Looks at the database again, whenever something was changed there. */
  async refresh(): Promise<void> {
    this.#added = (await listSchedules(this.#store)).map(added);
  }

  /** All of them; the configuration's come first, and count where another one has the same name. */
  get all(): Schedule[] {
    const inFile = this.#ofFile();
    const names = new Set(inFile.map(({ name }) => name));
    return [...inFile, ...this.#added.map((schedule) => (names.has(schedule.name) ? hidden(schedule) : schedule))];
  }

  /** The one that counts under a name. */
  get(name: string): Schedule | undefined {
    return this.all.find((schedule) => schedule.name === name);
  }

  /** The one of a name that an operation added, whether or not it counts. */
  added(name: string): Schedule | undefined {
    return this.all.find((schedule) => schedule.name === name && schedule.source.kind === "operation");
  }

  /** How many the configuration has. */
  get inFile(): number {
    return this.#used().schedules.length;
  }

  #ofFile(): Schedule[] {
    return this.#used().schedules.map(({ time_zone: timeZone, node, model, agent, ...said }, index) => ({
      ...said,
      timeZone,
      precondition: said.precondition ?? null,
      preconditionMs: said.precondition_timeout_seconds * 1_000,
      node: node ?? null,
      model: model ?? null,
      agent: agent ?? null,
      source: { kind: "file", path: `schedules.${index}` },
    }));
  }
}

function added({ createdAt, createdBy, problem, ...row }: ScheduleRow): Schedule {
  const source = { kind: "operation", by: createdBy, since: createdAt } as const;
  return { ...row, source, problem: problem ?? storedProblem(row) };
}

function hidden(schedule: Schedule): Schedule {
  return { ...schedule, problem: "the configuration has one of this name, which counts; this one does nothing" };
}

/** What was stored may not be what this release takes. */
function storedProblem({ cron, timeZone }: Pick<ScheduleRow, "cron" | "timeZone">): string | undefined {
  if (!isTimeZone(timeZone)) return `time_zone: ${timeZone} is no time zone; add it anew`;
  const problem = cronProblem(cron);
  return problem === undefined ? undefined : `cron: ${problem}; add it anew`;
}
