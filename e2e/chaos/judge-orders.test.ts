import type { CommandView } from "@hal/protocol";
import { expect, test } from "vitest";
import type { OpencodeMessage } from "../harness/opencode.ts";
import { judgeOrders } from "./judge-orders.ts";

const TOKEN = "token-7.";

const kinds = (state: CommandView["state"], { held = 0, code = "", asked = false } = {}): string[] => {
  const error = code === "" ? null : { code, message: "because" };
  const command = { id: "cmd_a", state, reason: "because", error } as CommandView;
  const message = { info: { role: "user" }, parts: [{ type: "text", text: `${TOKEN} [[say: done]]` }] };
  const messages = Array.from({ length: held }, () => message as unknown as OpencodeMessage);
  return judgeOrders([{ token: TOKEN, command }], messages, asked || held > 0 ? [TOKEN] : []).map(({ kind }) => kind);
};

test("a success is in opencode once, a failure never, and what is not known either way", () => {
  expect(kinds("succeeded", { held: 1 })).toEqual([]);
  expect(kinds("failed", { code: "opencode_error" })).toEqual([]);
  expect(kinds("failed", { code: "interrupted", held: 1 })).toEqual([]);
  expect(kinds("failed", { code: "interrupted" })).toEqual([]);
  expect(kinds("cancelled")).toEqual([]);
});

test("a success that opencode does not have is lost", () => {
  expect(kinds("succeeded")).toEqual(["lost"]);
});

test("a failure, a cancelled or an expired prompt that opencode has is a false outcome", () => {
  expect(kinds("failed", { code: "opencode_unavailable", held: 1 })).toEqual(["outcome"]);
  expect(kinds("cancelled", { held: 1 })).toEqual(["outcome"]);
  expect(kinds("expired", { held: 1 })).toEqual(["outcome"]);
});

test("a prompt that is there twice was done twice, whatever people were told", () => {
  expect(kinds("succeeded", { held: 2 })).toEqual(["done twice"]);
  expect(kinds("failed", { code: "interrupted", held: 2 })).toEqual(["done twice"]);
});

test("what the model was asked and opencode does not have is lost", () => {
  expect(kinds("failed", { code: "interrupted", asked: true })).toEqual(["lost"]);
});

test("a command without an outcome is told", () => {
  expect(kinds("running", { held: 1 })).toEqual(["command"]);
});
