import { expect, it } from "vitest";
import { Lanes } from "../src/lanes.ts";

it("runs work of one lane in its order, each after the end of the one before, however that came", async () => {
  const lanes = new Lanes();
  const steps: string[] = [];
  const first = Promise.withResolvers<void>();
  const failing = lanes.run("a", async () => {
    steps.push("first begins");
    await first.promise;
    steps.push("first fails");
    throw new Error("no");
  });
  const second = lanes.run("a", async () => void steps.push("second"));
  await lanes.run("b", async () => void steps.push("another lane"));
  expect(steps).toEqual(["first begins", "another lane"]);
  first.resolve();
  await expect(failing).rejects.toThrow("no");
  await second;
  expect(steps).toEqual(["first begins", "another lane", "first fails", "second"]);
});
