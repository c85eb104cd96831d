import { expect, it } from "vitest";
import { formatCursor, parseCursor } from "../../src/log/domain/cursor.ts";

it("reads back the cursors that it writes, and refuses another log's", () => {
  expect(parseCursor("log", formatCursor("log", 42))).toBe(42);
  expect(() => parseCursor("log", "gol:42")).toThrow("another event log");
  expect(() => parseCursor("log", "42")).toThrow("not a cursor");
});
