import { expect, it } from "vitest";
import { createLogger } from "../src/logger.ts";

const SECRET = "hunter2-hunter2-hunter2";

function lineOf(fields: object): string {
  const lines: string[] = [];
  createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } }).info(fields, "said");
  return lines.join("");
}

// I15
it.each([
  "auth_token",
  "authToken",
  "previous_auth_token",
  "access_token",
  "bot_token",
  "api_key",
  "apiKey",
  "private_key",
  "password",
  "passphrase",
  "secret",
  "clientSecret",
  "authorization",
  "Cookie",
  "credential",
  "headers",
  "env",
  "prompt",
  "body",
])("a log line shows nothing of %s, wherever it is in what is logged", (name) => {
  for (const fields of [
    { [name]: SECRET },
    { outer: { [name]: SECRET } },
    { list: [{ inner: { [name]: SECRET } }] },
    { [name]: { deep: SECRET } },
    { [name]: [SECRET] },
  ])
    expect(lineOf(fields)).not.toContain(SECRET);
  expect(lineOf({ [name]: SECRET })).toContain(`(${SECRET.length} characters)`);
});

it("a log line shows what anybody may read", () => {
  const fields = { node: "n1", url: "ws://here:8420", port: 8420, token: "0a1b2c3d", nested: { reason: "gone" } };
  expect(JSON.parse(lineOf(fields))).toMatchObject(fields);
});
