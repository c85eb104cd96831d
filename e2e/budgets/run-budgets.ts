import { setTimeout as delay } from "node:timers/promises";
import type { CommandReply } from "@hal/protocol";
import { Random } from "../chaos/random.ts";
import { comesRight } from "../harness/comes-right.ts";
import { eventually } from "../harness/eventually.ts";
import { CAP_MICRO_USD, CappedFleet } from "./capped-fleet.ts";

/** A step costs 1000 × 3 + 100 × 15 micro-dollars: the cap is reached in the 112th. */
const STEP = "[[usage: in=1000 out=100]]";
const STEP_MICRO_USD = 4_500;
const LONG_TURN = Array.from({ length: 200 }, () => '[[tool: bash {"command":"true","description":"step"}]]').join(" ");

/** One short session: 2000 × 3 + 267 × 15 micro-dollars, 49 of which are within the cap, and 48 are 96 % of it. */
const SHORT = "[[say: done]] [[usage: in=2000 out=267]]";
const SHORT_SESSIONS = 50;
const LEAST_SPENT = 0.95;

/** How long everything may take to come right. */
const SETTLE_MS = 120_000;
const AT_REST_MS = 60_000;

/** What happens to a run: who dies while it spends, and whether the supervisor comes back before all is spent. */
export interface Fault {
  readonly programs: readonly ("supervisor" | "agent")[];
  /** the share of the cap that is spent when they die */
  readonly at: number;
  /** the supervisor stays away until nothing is at work any more */
  readonly isLong: boolean;
}

export interface BudgetsOptions {
  readonly opencode: string;
  readonly runs: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** One run, as it is printed. */
interface Run {
  readonly fault: string;
  readonly billedMicroUsd: number;
  readonly overshootSteps: number;
}

export interface BudgetsReport {
  readonly runs: number;
  readonly worstOvershootSteps: number;
  readonly shortSessionsSpent: number | undefined;
  readonly each: readonly Run[];
  readonly problems: readonly string[];
}

/** Four sessions on two nodes that would spend twice the cap, while programs die. */
export async function runCapped(opencode: string, fault: Fault, random: Random) {
  await using fleet = await CappedFleet.open(opencode);
  const sessions = await startLong(fleet);
  const spending = sessions.length;
  await untilSpent(fleet, fault.at * CAP_MICRO_USD);
  await kill(fleet, fault, random);
  await fleet.untilAtRest(AT_REST_MS).catch(() => undefined);
  if (fault.isLong) await fleet.stage.startSupervisor();
  const billedMicroUsd = fleet.billedMicroUsd;
  const overshootSteps = Math.max(0, (billedMicroUsd - CAP_MICRO_USD) / STEP_MICRO_USD);
  const problems = await comesRight(() => judge(fleet, sessions), SETTLE_MS);
  if (overshootSteps > spending)
    problems.push(`${billedMicroUsd} µ$ are billed: ${overshootSteps} steps over the cap, with ${spending} sessions`);
  if (fleet.billedMicroUsd !== billedMicroUsd) problems.push("something was spent after everything had come to rest");
  return { billedMicroUsd, overshootSteps, problems, logs: problems.length === 0 ? [] : fleet.stage.logs };
}

async function startLong(fleet: CappedFleet): Promise<string[]> {
  const projects = fleet.agents.flatMap((agent) => [agent.projects[0], agent.projects[0]]);
  return Promise.all(
    projects.map(async (project, index) => {
      const body = { project, title: `long ${index}`, prompt: `${LONG_TURN} ${STEP}` };
      const started = await fleet.stage.post<CommandReply>("/sessions", body, `long-${index}`);
      if (started.session_id === null) throw new Error(`${started.command.id}: ${started.command.reason}`);
      return started.session_id;
    }),
  );
}

function untilSpent(fleet: CappedFleet, microUsd: number): Promise<void> {
  return eventually(async () => {
    if (fleet.billedMicroUsd < microUsd) throw new Error(`${fleet.billedMicroUsd} of ${microUsd} µ$ are spent`);
  }, SETTLE_MS);
}

async function kill({ stage, agents }: CappedFleet, { programs, isLong }: Fault, random: Random): Promise<void> {
  const agent = random.pick(agents);
  for (const program of programs) await (program === "supervisor" ? stage.supervisor.kill() : agent.program.kill());
  await delay(random.between(0, 1_500));
  for (const program of programs) {
    if (program === "agent") agent.start();
    else if (!isLong) await stage.startSupervisor();
  }
}

/** What is wrong once everybody is back. */
async function judge(fleet: CappedFleet, sessions: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const agent of fleet.agents) await fleet.stage.nodeUp(agent);
  for (const id of await fleet.atWork()) problems.push(`opencode works on at ${id}`);
  for (const { id, status } of await fleet.shownAtWork()) problems.push(`${id} is shown as ${status}`);
  const stopped = new Set<string>();
  for (const id of sessions) {
    const told = await fleet.stage.events({ session_id: id, type: "budget.stopped" });
    if (told.length > 0) stopped.add(id);
    if (told.length > 1) problems.push(`${id} is told ${told.length} times to be stopped`);
    const { code, stdout } = await fleet.stage.halctl.run("why", id);
    if (code !== 0 || (told.length > 0 && !/budget|\$0\.50/.test(stdout)))
      problems.push(`why ${id} does not name the budget: ${stdout}`);
  }
  if (stopped.size === 0) problems.push("nothing is told to be stopped");
  return problems;
}

/** Short sessions one after the other on two nodes, until nothing begins any more; returns the share of the cap that is spent. */
export async function runShort(opencode: string): Promise<{ readonly spent: number; readonly problems: string[] }> {
  await using fleet = await CappedFleet.open(opencode);
  const problems: string[] = [];
  for (let index = 0; index < SHORT_SESSIONS; index += 1) {
    const project = fleet.agents[index % 2]?.projects[0] as string;
    const body = { project, title: `short ${index}`, prompt: SHORT };
    const refused = await fleet.stage.post<CommandReply>("/sessions", body, `short-${index}`).then(
      async ({ session_id: id, command }) => {
        if (id === null) return command.error?.code ?? command.reason;
        await fleet.stage.sessionIn(id, "idle");
        return undefined;
      },
      (error: unknown) => String(error),
    );
    if (refused === undefined) continue;
    if (!/over_budget|is spent/i.test(refused))
      problems.push(`session ${index} was refused for something else: ${refused}`);
    break;
  }
  const spent = fleet.billedMicroUsd / CAP_MICRO_USD;
  if (spent < LEAST_SPENT) problems.push(`only ${(100 * spent).toFixed(1)} % of the cap was spent`);
  return { spent, problems };
}

/** Runs beside each other's faults, and the short sessions at the end. */
export async function runBudgets(options: BudgetsOptions, signal: AbortSignal): Promise<BudgetsReport> {
  const { opencode, runs, seed, say } = options;
  const random = new Random(seed);
  const each: Run[] = [];
  const problems: string[] = [];
  while (each.length < runs && !signal.aborted && problems.length === 0) {
    const fault = someFault(random);
    const name = `${fault.programs.join(" and ") || "nobody"} killed at ${Math.round(100 * fault.at)} %${fault.isLong ? ", for long" : ""}`;
    const run = await runCapped(opencode, fault, random).catch((error: unknown) => ({
      billedMicroUsd: 0,
      overshootSteps: 0,
      logs: [],
      problems: [String(error)],
    }));
    each.push({ fault: name, billedMicroUsd: run.billedMicroUsd, overshootSteps: run.overshootSteps });
    say(`${each.length}: ${name}: $${run.billedMicroUsd / 1e6} billed, ${run.overshootSteps.toFixed(2)} steps over`);
    for (const line of [...run.problems, ...run.logs]) say(line);
    problems.push(...run.problems);
  }
  const short = signal.aborted || problems.length > 0 ? undefined : await runShort(opencode);
  if (short !== undefined) say(`${SHORT_SESSIONS} short sessions spent ${(100 * short.spent).toFixed(1)} % of the cap`);
  return {
    runs: each.length,
    worstOvershootSteps: Math.max(0, ...each.map(({ overshootSteps }) => overshootSteps)),
    shortSessionsSpent: short?.spent,
    each,
    problems: [...problems, ...(short?.problems ?? [])],
  };
}

function someFault(random: Random): Fault {
  const programs = random.pick([[], ["supervisor"], ["agent"], ["supervisor", "agent"]] as const);
  const isLong = programs.some((program) => program === "supervisor") && random.chance(0.5);
  return { programs, at: random.between(5, 95) / 100, isLong };
}
