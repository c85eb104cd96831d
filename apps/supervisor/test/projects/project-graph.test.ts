import { parseConfig } from "@hal/daemon";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choosePlace } from "../../src/capabilities/projects/domain/choose-place.ts";
import {
  cyclesIn,
  type Dependencies,
  dependentsOf,
  type TaskPlace,
  waitsFor,
} from "../../src/capabilities/projects/domain/project-graph.ts";
import { DependenciesSection } from "../../src/capabilities/projects/section.ts";
import { SupervisorConfig } from "../../src/config.ts";
import { TOKEN } from "../support/start.ts";

const graph = (edges: Readonly<Record<string, readonly string[]>>): Dependencies => new Map(Object.entries(edges));
const NAMES = ["a", "b", "c", "d", "e"] as const;
const anyGraph = fc
  .dictionary(fc.constantFrom(...NAMES), fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }))
  .map(graph);

/** An order in which each project comes behind all that it depends on; undefined where there is none. */
function orderOf(dependencies: Dependencies): string[] | undefined {
  const left = new Set([...dependencies].flatMap(([name, on]) => [name, ...on]));
  const order: string[] = [];
  for (;;) {
    const free = [...left].filter((name) => (dependencies.get(name) ?? []).every((on) => order.includes(on)));
    if (left.size === 0) return order;
    if (free.length === 0) return undefined;
    for (const name of free) {
      order.push(name);
      left.delete(name);
    }
  }
}

describe("a graph of projects", () => {
  it.each([
    [{ web: ["api"], api: ["db"] }, []],
    [{ web: ["api", "db"], api: ["db"], docs: ["web", "api"] }, []],
    [{ web: ["web"] }, [["web", 0, ["web", "web"]]]],
    [{ web: ["db", "api"], api: ["web"] }, [["api", 0, ["web", "api", "web"]]]],
    [
      { a: ["b"], b: ["c", "a"], c: ["b"] },
      [
        ["c", 0, ["b", "c", "b"]],
        ["b", 1, ["a", "b", "a"]],
      ],
    ],
    [{ constructor: ["toString"] }, []],
  ])("%j goes round at %j", (edges, cycles) => {
    expect(cyclesIn(graph(edges)).map(({ project, index, around }) => [project, index, around])).toEqual(cycles);
  });

  it("goes round somewhere exactly where there is no order, and each way round is one", () => {
    fc.assert(
      fc.property(anyGraph, (dependencies) => {
        const cycles = cyclesIn(dependencies);
        expect(cycles.length === 0).toBe(orderOf(dependencies) !== undefined);
        for (const { project, index, around } of cycles) {
          expect(around.at(0)).toBe(around.at(-1));
          expect(dependencies.get(project)?.[index]).toBe(around.at(-1));
          for (const [place, name] of around.slice(1).entries())
            expect(dependencies.get(around[place] ?? "")).toContain(name);
        }
      }),
    );
  });
});

describe("what a project waits for", () => {
  const dependencies = graph({ api: ["db"], web: ["api", "docs"], site: ["web"] });
  const done = (eventId: number): TaskPlace => ({ state: "completed", eventId });
  const open = (eventId: number): TaskPlace => ({ state: "open", eventId });

  it.each<[what: string, tasks: Record<string, TaskPlace>, waits: [string, string | undefined][]]>([
    [
      "all that nobody spoke of",
      {},
      [
        ["api", undefined],
        ["docs", undefined],
      ],
    ],
    ["what is open", { api: done(2), docs: open(3) }, [["docs", undefined]]],
    ["nothing where all is completed", { api: done(2), docs: done(3) }, []],
    ["what was completed before what it stands on", { db: done(5), api: done(2), docs: done(3) }, [["api", "db"]]],
    ["nothing where that was in order", { db: done(1), api: done(2), docs: done(3) }, []],
    ["nothing more where what it stands on was opened again", { db: open(5), api: done(2), docs: done(3) }, []],
  ])("%s", (_what, tasks, waits) => {
    const found = waitsFor(dependencies, new Map(Object.entries(tasks)), "web");
    expect(found.map(({ project, overtakenBy }) => [project, overtakenBy])).toEqual(waits);
  });

  it("at any hand", () => {
    const tasks = new Map(Object.entries({ db: done(9), api: done(3), docs: done(2), web: done(5) }));
    expect(waitsFor(dependencies, tasks, "site")).toEqual([{ project: "web", overtakenBy: "db" }]);
    expect(waitsFor(dependencies, tasks, "db")).toEqual([]);
    expect(dependentsOf(dependencies, "api")).toEqual(["web"]);
    expect(dependentsOf(dependencies, "site")).toEqual([]);
  });

  it("is nothing once all were completed in their order, whatever was completed before", () => {
    const events = fc.array(fc.record({ name: fc.constantFrom(...NAMES), isDone: fc.boolean() }), { maxLength: 20 });
    fc.assert(
      fc.property(anyGraph, events, (dependency, history) => {
        const order = orderOf(dependency) ?? [];
        const told = [...history, ...order.map((name) => ({ name, isDone: true }))];
        const tasks = new Map(told.map(({ name, isDone }, eventId) => [name, isDone ? done(eventId) : open(eventId)]));
        for (const name of order) expect(waitsFor(dependency, tasks, name)).toEqual([]);
      }),
    );
  });
});

describe("the node on which a project is started", () => {
  const place = (name: string, more: object = {}) => {
    const facts = { nodeId: `id-${name}`, name, isReachable: true, isReady: true, lastActivityAt: undefined };
    return { ...facts, ...more };
  };
  it.each([
    [[], undefined],
    [[place("a", { isReachable: false })], "a"],
    [[place("a", { isReachable: false, lastActivityAt: 9 }), place("b", { isReady: false })], "b"],
    [[place("a", { isReady: false, lastActivityAt: 9 }), place("b")], "b"],
    [[place("a"), place("b", { lastActivityAt: 1 }), place("c", { lastActivityAt: 2 })], "c"],
    [[place("b"), place("a")], "a"],
  ])("%#: of %j", (places, chosen) => {
    expect(choosePlace(places)?.name).toBe(chosen);
    expect(choosePlace(places.toReversed())?.name).toBe(chosen);
  });
});

describe("dependencies in the configuration", () => {
  const problems = (dependencies: unknown): string => {
    try {
      parseConfig(SupervisorConfig, { server: { auth_token: TOKEN }, dependencies }, { env: {} });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    [{ web: { depends_on: ["api"] } }, ""],
    [
      { web: { depends_on: ["web"] } },
      "dependencies.web.depends_on.0: goes round in a circle, in which nothing could begin: web waits for web",
    ],
    [
      { web: { depends_on: ["db", "api"] }, api: { depends_on: ["web"] } },
      "dependencies.api.depends_on.0: goes round in a circle, in which nothing could begin: web waits for api waits for web",
    ],
    [{ web: { depends_on: [] } }, "dependencies.web.depends_on: is empty"],
    [{ web: { depends_on: "api" } }, "dependencies.web.depends_on: must be a list"],
    [{ web: {} }, "dependencies.web.depends_on: is missing"],
    [
      { web: { depends_on: ["api"], promt: "x" } },
      "dependencies.web.promt: is no setting, and nothing would honour it; did you mean prompt?",
    ],
    [{ web: { depends_on: [""] } }, "dependencies.web.depends_on.0: is empty"],
  ])("%j: %s", (dependencies, problem) => {
    expect(problems(dependencies).replace("configuration invalid (configuration): ", "")).toBe(problem);
  });

  it("have a prompt that says which files are read and written", () => {
    const read = parseConfig(DependenciesSection, { web: { depends_on: ["api"] } }, { env: {} });
    expect(read.config["web"]?.prompt).toMatch(/CURRENT_TASK\.md.*Status: in progress.*Status: completed/);
  });
});
