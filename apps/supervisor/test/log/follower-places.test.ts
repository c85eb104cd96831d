import { expect, it } from "vitest";
import { Readers } from "../../src/log/readers.ts";

// I8
it("the follower that is furthest behind counts, by whatever door and in whatever order they came", () => {
  const followers = new Readers();
  expect(followers.slowest).toBeUndefined();
  const quick = followers.begin(50, "http");
  const slow = followers.begin(10, "control");
  const last = followers.begin(70, "http");
  expect(followers.slowest).toBe(10);
  slow.movedTo(60);
  expect(followers.slowest).toBe(50);
  expect(followers.lags(80)).toEqual({ http: { count: 2, lagEvents: 30 }, control: { count: 1, lagEvents: 20 } });
  quick[Symbol.dispose]();
  expect(followers.slowest).toBe(60);
  slow[Symbol.dispose]();
  last[Symbol.dispose]();
  expect(followers.slowest).toBeUndefined();
  expect(followers.lags(80)).toEqual({ http: { count: 0, lagEvents: 0 }, control: { count: 0, lagEvents: 0 } });
});
