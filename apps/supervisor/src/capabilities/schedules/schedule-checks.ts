import { Looks } from "@hal/daemon";
import { CHECK_FEATURE, type CommandOutput, type ErrorBody, PRECONDITION_FEATURE } from "@hal/protocol";
import { type Issuer, issueCommand } from "../commands/issue-command.ts";
import { featuresOf } from "../nodes/node-statuses.ts";
import type { KnownProject } from "../references/resolve-project.ts";
import { noPreconditions } from "../sessions/start-session.ts";
import { projectOfSchedule, projectProblem } from "./check-schedule.ts";
import type { LookContext } from "./context.ts";
import type { Schedule } from "./domain/schedule.ts";

/** What a node says of what a schedule names. */
export interface CheckAnswer {
  /** it does not have it */
  readonly problem?: string | undefined;
  /** it could not be asked, and why */
  readonly unchecked?: string | undefined;
}

/** What of a schedule its node has to have. */
type Named = Pick<Schedule, "name" | "project" | "node" | "model" | "agent" | "precondition">;

/** How long a node has for its answer. */
const ANSWER_MS = 15_000;

/**
 * Asks nodes whether they have the model and the agent that schedules name: when one is saved, and of those that the configuration has once
 * their node is there. What is known is in memory: it is asked anew after a restart, and a start looks for itself.
 */
export class ScheduleChecks implements AsyncDisposable {
  readonly #context: LookContext;
  readonly #looks: Looks;
  readonly #known = new Map<string, { readonly of: string; readonly answer: CheckAnswer }>();
  /** schedules whose node was away, by the node */
  readonly #away = new Map<string, string>();

  constructor(context: LookContext) {
    this.#context = context;
    this.#looks = new Looks(
      () => this.#look(),
      (error) => context.log.warn({ error }, "schedules could not be checked; they are when a node comes"),
    );
  }

  /** What is known; undefined where that is not known yet. */
  of(schedule: Named): CheckAnswer | undefined {
    const known = this.#known.get(schedule.name);
    return known?.of === keyOf(schedule) ? known.answer : undefined;
  }

  /** There may be schedules that were not asked about; returns at once. */
  wake(): void {
    this.#looks.wake();
  }

  /** Asks nodes that could not be asked and are there now; where there is none, it costs nothing. */
  beat(): void {
    const { links } = this.#context;
    let isThere = false;
    for (const [name, nodeId] of this.#away)
      if (links.get(nodeId) !== undefined) {
        this.#away.delete(name);
        this.#known.delete(name);
        isThere = true;
      }
    if (isThere) this.wake();
  }

  /** A node has changed: what it did not have, or could not be asked, it is asked again. */
  doubt(): void {
    for (const [name, { answer }] of this.#known)
      if (answer.problem !== undefined || answer.unchecked !== undefined) this.#known.delete(name);
    this.wake();
  }

  /** Asks the node of a schedule. Throws HalError where its project is not there. */
  async ask(schedule: Named, issuer: Issuer): Promise<CheckAnswer> {
    const answer = await this.#ask(await projectOfSchedule(this.#context, schedule), schedule, issuer);
    this.#known.set(schedule.name, { of: keyOf(schedule), answer });
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const { scheduleBook, log, stopping } = this.#context;
    const all = scheduleBook.all.filter(
      ({ problem, model, agent, precondition }) =>
        problem === undefined && (model !== null || agent !== null || precondition !== null),
    );
    for (const schedule of all) {
      if (this.#looks.hasEnded) return;
      if (this.of(schedule) !== undefined || (await projectProblem(this.#context, schedule)) !== undefined) continue;
      const { name, source } = schedule;
      const { problem } = await this.ask(schedule, {
        actor: `schedule:${name}`,
        operation: "schedules.add",
        rawInput: {},
        idempotencyKey: undefined,
        signal: stopping,
      });
      const place = source.kind === "file" ? source.path : name;
      if (problem !== undefined) log.warn({ schedule: place, problem }, "a schedule names what its node does not have");
    }
  }

  async #ask(
    { node, project }: KnownProject,
    { name: schedule, model, agent, precondition }: Named,
    issuer: Issuer,
  ): Promise<CheckAnswer> {
    const features = featuresOf(this.#context, node.row);
    const { name } = node.row;
    if (precondition !== null && !features.includes(PRECONDITION_FEATURE))
      return { problem: noPreconditions(node.row).message };
    const wanted = [...(model === null ? [] : [`model ${model}`]), ...(agent === null ? [] : [`agent ${agent}`])];
    if (wanted.length === 0) return {};
    const unchecked = (why: string): CheckAnswer => ({
      unchecked: `whether node ${name} has ${wanted.join(" and ")} is not known: ${why}`,
    });
    if (!features.includes(CHECK_FEATURE)) return unchecked("its agent is older; upgrade it");
    if (this.#context.links.get(node.row.id) === undefined) {
      this.#away.set(schedule, node.row.id);
      return unchecked(node.status.reason);
    }
    const command = await issueCommand(
      this.#context,
      { ...issuer, idempotencyKey: undefined },
      {
        type: "project.check",
        args: {
          project: project.name,
          ...(model === null ? {} : { model }),
          ...(agent === null ? {} : { agent }),
        },
        nodeId: node.row.id,
        project: project.name,
        deadlineMs: ANSWER_MS,
        waitMs: ANSWER_MS,
      },
    );
    if (command.state !== "succeeded")
      return unchecked((command.error as ErrorBody | null)?.message ?? "it did not answer in time");
    return { problem: (command.output as CommandOutput<"project.check"> | null)?.problem };
  }
}

function keyOf({ project, node, model, agent, precondition }: Named): string {
  return JSON.stringify([project, node, model, agent, precondition === null]);
}
