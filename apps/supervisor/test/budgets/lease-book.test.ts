import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LeaseWorld } from "./lease-world.ts";

const CAP = 500_000;

const NODE_OPS = ["connect", "disconnect", "ask", "begin", "end", "hear", "hear", "tell", "tell"] as const;
const AGENT_OPS = ["restartAgent", "copyAgent", "restoreAgent", "retell", "retell", "retell"] as const;

const ofNode = fc.nat(2);
const op = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom(...NODE_OPS), node: ofNode }) },
  // works until it may not, or so many times, and is heard of that or not
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("work" as const),
      node: ofNode,
      cost: fc.integer({ min: 1_000, max: 40_000 }),
      steps: fc.nat(30),
      isHeard: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom(...AGENT_OPS), node: ofNode }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("plan" as const, "deliver" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("restart" as const, "copy" as const, "restore" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("span" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("limit" as const), limit: fc.nat(CAP) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), node: fc.nat(60) }) },
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

function act(world: LeaseWorld, one: Op): void {
  if ("node" in one) {
    const node = world.nodes[one.node];
    if (node === undefined) return;
    if (one.kind === "work") {
      world.begin(node);
      for (let step = 0; step < one.steps; step += 1) world.step(node, one.cost);
      if (one.isHeard) while (node.up.length > 0) world.hearOne(node);
    } else if (one.kind === "connect") world.connect(node);
    else if (one.kind === "disconnect") world.disconnect(node);
    else if (one.kind === "ask") world.ask(node);
    else if (one.kind === "begin") world.begin(node);
    else if (one.kind === "end") world.end(node);
    else if (one.kind === "hear") world.hearOne(node);
    else if (one.kind === "tell") world.tellOne(node);
    else if (one.kind === "restartAgent") world.restartAgent(node);
    else if (one.kind === "copyAgent") world.copyAgent(node);
    else if (one.kind === "restoreAgent") world.restoreAgent(node);
    else if (one.kind === "retell") world.retell(node);
    else world.removeNode(node);
  } else if (one.kind === "limit") world.setLimit(one.limit);
  else if (one.kind === "plan") world.plan();
  else if (one.kind === "deliver") world.deliverAll();
  else if (one.kind === "span") world.beginSpan();
  else if (one.kind === "restart") world.restartSupervisor();
  else if (one.kind === "copy") world.copySupervisor();
  else world.restoreSupervisor();
}

// I33
describe("what nodes may spend", () => {
  it("is never more than the budget, beside the steps that run over, whatever is lost, late, restarted or restored", () => {
    fc.assert(
      fc.property(fc.array(op, { minLength: 20, maxLength: 120, size: "max" }), (ops) => {
        const world = new LeaseWorld(CAP, 3);
        for (const node of world.nodes) world.connect(node);
        for (const one of ops) {
          act(world, one);
          expect(world.excess).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("comes back once everybody is heard again, whatever happened", () => {
    fc.assert(
      fc.property(fc.array(op, { minLength: 10, maxLength: 60, size: "max" }), (ops) => {
        const world = new LeaseWorld(CAP, 3);
        for (const one of ops) act(world, one);
        if (world.nodes.length === 0) return;
        world.setLimit(CAP);
        world.beginSpan();
        for (const node of world.nodes) world.connect(node);
        for (const node of world.nodes) while (node.disk.untold.length > 0) world.retell(node);
        for (let round = 0; round < 6; round += 1) {
          world.deliverAll();
          world.plan();
        }
        for (const node of world.nodes) {
          while (node.running > 0) world.end(node);
        }
        const before = world.spent;
        for (let turn = 0; turn < 200 && world.spent < CAP * 0.95; turn += 1) {
          const node = world.nodes[turn % world.nodes.length];
          if (node === undefined || !world.ask(node)) continue;
          world.step(node, 5_000);
          world.end(node);
          world.deliverAll();
        }
        expect(world.spent).toBeGreaterThanOrEqual(CAP * 0.95);
        expect(world.spent).toBeLessThanOrEqual(CAP + 5_000 * world.nodes.length);
        expect(before).toBeLessThanOrEqual(CAP);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a cap over many short sessions", () => {
  it("is spent to 95 % at least, and nobody is refused while more than a step is left", () => {
    const step = 10_000;
    const world = new LeaseWorld(CAP, 2);
    for (const node of world.nodes) world.connect(node);
    for (let session = 0; session < 60; session += 1) {
      const node = world.nodes[session % 2];
      if (node === undefined || !world.ask(node)) continue;
      world.step(node, step);
      world.end(node);
      world.deliverAll();
    }
    expect(world.spent).toBeGreaterThanOrEqual(CAP * 0.95);
    expect(world.spent).toBeLessThanOrEqual(CAP + step);
    expect(world.refusedAt).toBeLessThanOrEqual(step);
    expect(world.refused).toBeGreaterThan(0);
  });

  it("is spent to 95 % at least by four long sessions on two nodes, each of which runs over by a step at most", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 400, maxLength: 400 }), (turns) => {
        const step = 5_000;
        const world = new LeaseWorld(CAP, 2);
        for (const node of world.nodes) world.connect(node);
        for (const node of world.nodes) {
          world.ask(node);
          world.ask(node);
        }
        for (const turn of turns) {
          const node = world.nodes[turn];
          if (node === undefined) continue;
          if (node.running === 0) world.ask(node);
          world.step(node, step);
          world.plan();
          world.deliverAll();
        }
        expect(world.spent).toBeGreaterThanOrEqual(CAP * 0.95);
        expect(world.spent).toBeLessThanOrEqual(CAP + 4 * step);
      }),
      { numRuns: 50 },
    );
  });

  it("is spent by one node alone, while the others rest", () => {
    const world = new LeaseWorld(CAP, 30);
    for (const node of world.nodes) world.connect(node);
    const [node] = world.nodes;
    if (node === undefined) throw new Error("no node");
    for (let turn = 0; turn < 120; turn += 1) {
      if (node.running === 0) world.ask(node);
      world.step(node, 5_000);
      world.plan();
      world.deliverAll();
    }
    expect(world.spent).toBeGreaterThanOrEqual(CAP * 0.95);
  });
});
