import { expect, test } from "vitest";
import type { Agent } from "../harness/agent.ts";
import { delaysAfterReconnects, firstComparison } from "./comparisons.ts";

const FOLLOWED = { msg: "opencode's events are followed" };
const compared = (changed: object = {}): object => ({
  msg: "compared opencode with what was told",
  took_ms: 100,
  directories: 2,
  ...changed,
});

function agentThatSaid(lines: readonly (readonly [number, object])[]): Agent {
  const said = lines.map(([at, line]) => ({ at, text: JSON.stringify(line) }));
  const run = { linesSince: (since: number) => said.filter(({ at }) => at >= since) };
  return { projects: ["one", "other"], runs: [run] } as unknown as Agent;
}

test("a comparison counts from its beginning, and only where every directory answered", () => {
  const agent = agentThatSaid([
    [1_050, compared()],
    [1_200, compared({ directories: 1 })],
    [1_400, compared()],
  ]);
  expect(firstComparison(agent, 1_000)).toEqual({ beganAt: 1_300, endedAt: 1_400 });
  expect(firstComparison(agent, 1_350)).toBeUndefined();
});

test("a directory that answers late makes the comparison complete that asked it", () => {
  const late = { msg: "compared what was late", took_ms: 10, directories: 1 };
  const agent = agentThatSaid([
    [1_200, compared({ directories: 1 })],
    [4_000, late],
  ]);
  expect(firstComparison(agent, 1_000)).toEqual({ beganAt: 1_100, endedAt: 4_000 });
});

test("the delay after a reconnect is that of the comparison that follows it", () => {
  const agent = agentThatSaid([
    [1_000, FOLLOWED],
    [7_600, compared()],
    [9_000, FOLLOWED],
    [9_150, compared()],
  ]);
  expect(delaysAfterReconnects(agent, 1_000)).toEqual([6_500, 50]);
});

test("a stream that was lost again before anything could be compared is not counted", () => {
  const agent = agentThatSaid([
    [1_000, FOLLOWED],
    [2_000, FOLLOWED],
    [2_200, compared()],
  ]);
  expect(delaysAfterReconnects(agent, 1_000)).toEqual([100]);
});
