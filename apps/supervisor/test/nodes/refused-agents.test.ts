import { expect, it } from "vitest";
import { RefusedAgents } from "../../src/capabilities/nodes/domain/refused-agents.ts";

it("remembers so many kinds of refusals, the latest first, and counts what is the same", () => {
  const refused = new RefusedAgents();
  const of = (address: string) => ({ address, nodeId: undefined, code: 401, reason: "r" });
  for (let n = 0; n < 200; n += 1) refused.add(of(`a${n}`), n);
  refused.add(of("a180"), 300);
  const kept = refused.list();
  expect(kept).toHaveLength(50);
  expect(kept[0]).toMatchObject({ address: "a180", count: 2, at: 300 });
  expect(kept.at(-1)).toMatchObject({ address: "a150" });
});
