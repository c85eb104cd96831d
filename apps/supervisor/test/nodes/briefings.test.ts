import { describe, expect, it } from "vitest";
import { type Briefed, Briefings } from "../../src/capabilities/nodes/briefings.ts";

const node = (nodeId: string): Briefed => ({ nodeId, node: undefined, credential: "c", isProven: true, features: [] });

describe("what a node must know", () => {
  it("is a frame for each capability that has something to say", () => {
    const briefings = new Briefings();
    briefings.add(({ nodeId }) => (nodeId === "n1" ? { authToken: "t" } : {}));
    briefings.add(() => ({ later: 1 }) as object);
    expect(briefings.updatesFor(node("n1"))).toEqual([
      { type: "update", authToken: "t" },
      { type: "update", later: 1 },
    ]);
    expect(briefings.updatesFor(node("n2"))).toEqual([{ type: "update", later: 1 }]);
  });

  it("is no frame where nobody has anything to say", () => {
    const briefings = new Briefings();
    expect(briefings.updatesFor(node("n1"))).toEqual([]);
    briefings.add(() => ({}));
    expect(briefings.updatesFor(node("n1"))).toEqual([]);
  });
});
