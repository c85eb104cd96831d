import type { Agent } from "../harness/agent.ts";

/** What an agent's own log says of one comparison with its opencode, in times of this machine. */
export interface Comparison {
  readonly beganAt: number;
  readonly endedAt: number;
}

interface LogLine {
  readonly msg?: string;
  readonly took_ms?: number;
  readonly directories?: number;
}

const COMPARED = "compared opencode with what was told";
const LOOKED = "looked for what opencode left out";
const LATE = "compared what was late";
const FOLLOWED = "opencode's events are followed";

/** The first comparison that began after a time and that every directory answered, late ones included. */
export function firstComparison(agent: Agent, after: number): Comparison | undefined {
  let going: { readonly beganAt: number; answered: number } | undefined;
  for (const { at, line } of linesOf(agent, after)) {
    const beganAt = at - (line.took_ms ?? 0);
    const isWhole = line.msg === COMPARED || line.msg === LOOKED;
    if (isWhole) going = beganAt >= after ? { beganAt, answered: line.directories ?? 0 } : undefined;
    else if (line.msg === LATE && going !== undefined) going.answered += line.directories ?? 0;
    if (going !== undefined && going.answered >= agent.projects.length) return { beganAt: going.beganAt, endedAt: at };
  }
  return undefined;
}

/** For each time since then that the agent found its opencode's stream again, how long after it a comparison began. */
export function delaysAfterReconnects(agent: Agent, since: number): number[] {
  const lines = linesOf(agent, since);
  const begins = lines.filter(({ line }) => line.msg === COMPARED).map(({ at, line }) => at - (line.took_ms ?? 0));
  const opened = lines.filter(({ line }) => line.msg === FOLLOWED).map(({ at }) => at);
  return opened.flatMap((at, index) => {
    // a line is read a moment after it was written
    const begin = begins.find((beganAt) => beganAt >= at - 100);
    const isLost = begin === undefined || (opened[index + 1] ?? Infinity) < begin;
    return isLost ? [] : [Math.max(0, begin - at)];
  });
}

function linesOf(agent: Agent, since: number): { readonly at: number; readonly line: LogLine }[] {
  return agent.runs
    .flatMap((run) => run.linesSince(since))
    .toSorted((a, b) => a.at - b.at)
    .flatMap(({ at, text }) => {
      const line = text.startsWith("{") ? parse(text) : undefined;
      return line === undefined ? [] : [{ at, line }];
    });
}

function parse(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined; // a line that a kill cut in the middle
  }
}
