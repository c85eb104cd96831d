import { expect, it } from "vitest";
import * as store from "../../../src/supervisor/index.ts";
import { isWrite } from "../../../src/supervisor/write.ts";
import { WRITES } from "../../../src/supervisor/writes.ts";

const offered = Object.entries(store).filter(([, value]) => isWrite(value));

it("the store offers writes", () => {
  expect(offered.map(([name]) => name)).toEqual(
    expect.arrayContaining(["queueCommand", "recordAudit", "recordConnected"]),
  );
});

it.each(offered)("the writer's thread finds %s by its name, and nothing else", (name, value) => {
  expect(WRITES.get(name)).toBe(value);
});

it("no two writes have one name", () => {
  expect([...WRITES.keys()].toSorted()).toEqual([...offered.map(([name]) => name), "nameLife"].toSorted());
});
