import { expect, it } from "vitest";
import { Closers } from "../src/index.ts";

it("releases in reverse order, once, and goes on after a failure", async () => {
  const released: string[] = [];
  const closers = new Closers();
  closers.add("database", () => released.push("database"));
  closers.add("socket", () => {
    throw new Error("already gone");
  });
  closers.add("timer", async () => {
    await Promise.resolve();
    released.push("timer");
  });

  await expect(closers[Symbol.asyncDispose]()).rejects.toThrow("closing socket failed");
  await expect(closers[Symbol.asyncDispose]()).rejects.toThrow("closing socket failed");
  expect(released).toEqual(["timer", "database"]);
});
