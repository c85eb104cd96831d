import { describe, expect, test } from "vitest";
import { Turns } from "../src/turns.ts";

describe("turns of the event loop", () => {
  test("let work begin in its order, and what comes meanwhile before the next piece", async () => {
    const turns = new Turns();
    const order: string[] = [];
    const comes = (name: string): void => void setImmediate(() => order.push(name));
    const pieces = [1, 2, 3].map(async (piece) => {
      await turns.next();
      order.push(`work ${piece}`);
      comes(`what came while ${piece} was done`);
    });
    await Promise.all(pieces);
    expect(order).toEqual(["work 1", "what came while 1 was done", "work 2", "what came while 2 was done", "work 3"]);
  });
});
