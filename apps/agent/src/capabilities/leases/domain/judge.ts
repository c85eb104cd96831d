import type { Lease, LeaseBrief } from "@hal/protocol";

/** What was spent since the counters began, in nano-dollars. */
export interface Counted {
  /** names the life of the counters */
  readonly life: string;
  readonly node: number;
  readonly projects: ReadonlyMap<string, number>;
  readonly sessions: ReadonlyMap<string, number>;
}

/** Where work begins, or is done. */
export interface Place {
  readonly project: string | undefined;
  /** the root session; undefined of one that is not there yet */
  readonly root: string | undefined;
}

/** Why nothing may begin, in one line. */
export interface Refusal {
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A ceiling that a counter has come to. */
export interface Reached {
  readonly lease: Lease;
  readonly nanoUsd: number;
}

/** A root session that is at work. */
export interface Working {
  readonly root: string;
  readonly project: string | undefined;
}

/** A root session that is to be stopped, and why. */
export interface Spender extends Working {
  readonly reached: readonly Reached[];
}

/** Why work may not begin there; undefined where it may. `leftMs` is for how long anything may begin. Pure. */
export function refusalOf(brief: LeaseBrief, counted: Counted, leftMs: number, place: Place): Refusal | undefined {
  if (brief.refusal !== undefined) return refusal(`${brief.refusal}, so nothing begins on this node`, {});
  const concerning = leasesOf(brief, place);
  const [first] = concerning;
  if (first === undefined) return undefined;
  if (brief.counters !== counted.life)
    return refusal(
      `what this node may spend for ${first.budget} is not known, since it has begun to count anew, and nothing begins until its supervisor has said it`,
      budgetOf(first),
    );
  if (leftMs <= 0)
    return refusal(
      `this node has not heard for ${durationText(brief.validMs)} what it may spend for ${first.budget}, and nothing begins until it hears its supervisor again`,
      budgetOf(first),
    );
  const [reached] = reachedOf(concerning, counted, place);
  return reached === undefined
    ? undefined
    : refusal(`${reachedText(reached)}, so nothing begins; ${raise(reached)}`, {
        ...budgetOf(reached.lease),
        spentMicroUsd: Math.floor(reached.nanoUsd / 1_000),
        ceilingMicroUsd: reached.lease.ceilingMicroUsd,
      });
}

/** Who is at work although all is spent that may be, where that stops it. Pure. */
export function spendersOf(brief: LeaseBrief, counted: Counted, working: readonly Working[]): Spender[] {
  return working.flatMap((one) => {
    const stopping = leasesOf(brief, one).filter(({ action }) => action === "stop");
    const reached = reachedOf(stopping, counted, one);
    return reached.length === 0 ? [] : [{ ...one, reached }];
  });
}

/** Whether half of what was left for any budget is gone since. Pure. */
export function isHalfGone({ leases }: LeaseBrief, before: Counted, now: Counted): boolean {
  return leases.some((lease) =>
    countersOf(lease, now).some(([root, nanoUsd]) => {
      const was = counterOf(lease, before, { project: undefined, root });
      return nanoUsd > was && nanoUsd - was >= (lease.ceilingMicroUsd * 1_000 - was) / 2;
    }),
  );
}

/** In one line, that it was reached; fit to stand in front of what follows from it. */
export function reachedText({ lease, nanoUsd }: Reached): string {
  const { budget, ceilingMicroUsd } = lease;
  return `all is spent that this node may spend for ${budget} (it has counted ${dollars(nanoUsd)} and may count up to ${dollars(ceilingMicroUsd * 1_000)})`;
}

function raise({ lease }: Reached): string {
  return `an admin raises it: halctl budgets raise ${lease.budgetId} <dollars> --reason <why>`;
}

function refusal(reason: string, details: Refusal["details"]): Refusal {
  return { reason, details };
}

function budgetOf({ budgetId }: Lease): Refusal["details"] {
  return { budgetId };
}

/** The leases that are about work in a place; what is said of each session is not about one of which more is said. */
function leasesOf({ leases }: LeaseBrief, { project, root }: Place): Lease[] {
  const own = new Set(leases.flatMap(({ scope, budgetId }) => (isOf(scope, root) ? [budgetId] : [])));
  return leases.filter(({ scope, budgetId }) => {
    switch (scope.kind) {
      case "node":
        return true;
      case "project":
        return scope.project === project;
      case "session":
        return isOf(scope, root);
      case "each_session":
        return !own.has(budgetId);
      default:
        return scope satisfies never;
    }
  });
}

function isOf(scope: Lease["scope"], root: string | undefined): boolean {
  return scope.kind === "session" && scope.session === root;
}

function reachedOf(leases: readonly Lease[], counted: Counted, place: Place): Reached[] {
  return leases.flatMap((lease) => {
    const nanoUsd = counterOf(lease, counted, place);
    return nanoUsd >= lease.ceilingMicroUsd * 1_000 ? [{ lease, nanoUsd }] : [];
  });
}

function counterOf({ scope }: Lease, { node, projects, sessions }: Counted, { root }: Place): number {
  switch (scope.kind) {
    case "node":
      return node;
    case "project":
      return projects.get(scope.project) ?? 0;
    case "session":
    case "each_session":
      return sessions.get(root ?? "") ?? 0;
    default:
      return scope satisfies never;
  }
}

/** The counters that a lease may be about, by root session where it is one of those. */
function countersOf(lease: Lease, counted: Counted): (readonly [root: string | undefined, nanoUsd: number])[] {
  const { scope } = lease;
  if (scope.kind === "each_session") return [...counted.sessions];
  const root = scope.kind === "session" ? scope.session : undefined;
  return [[root, counterOf(lease, counted, { project: undefined, root })]];
}

/** As exact as money is told, and no longer than it need be. */
export function dollars(nanoUsd: number): string {
  return `$${(nanoUsd / 1_000_000_000).toFixed(6).replace(/0{1,4}$/, "")}`;
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
