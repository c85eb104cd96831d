import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as v from "valibot";
import { expect, it, vi } from "vitest";
import {
  addressProblem,
  createLogger,
  endOnCrash,
  errorFacts,
  loadConfig,
  parseConfig,
  StartupError,
  strictSection,
  trustOf,
} from "../src/index.ts";

/** Secrets of all shapes: hex, base64, with quotes, line breaks and accents, with signs of regular expressions, of addresses. */
const secret = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{16,40}$/),
  fc.stringMatching(/^[A-Za-z0-9+/]{14,30}==$/),
  fc.stringMatching(/^s[a-z0-9]{4}["\\\n\t][a-zé√]{6}'[0-9]{2}$/),
  fc.stringMatching(/^\.\*\(\[[a-z]{6}[0-9]{3}\]\)\$$/),
  fc.stringMatching(/^[a-z]{4}%20[a-z]{4}%3D[0-9]{4}$/),
  fc.stringMatching(/^[A-Z][a-z]{2}[0-9]{3}[a-z]{3}$/),
);

/** Whether it can be read there, as it is or in any of the ways in which programs write it. */
function isIn(text: string, hidden: string): boolean {
  const escaped = JSON.stringify(hidden).slice(1, -1);
  const bytes = Buffer.from(hidden);
  const forms = [hidden, escaped, JSON.stringify(escaped).slice(1, -1), encodeURIComponent(hidden)];
  return [...forms, bytes.toString("base64"), bytes.toString("hex")].some((form) => text.includes(form));
}

/** What a logger of each format writes. */
function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  let text = "";
  const destination = { write: (line: string) => (text += line) };
  for (const format of ["json", "human", "journal"] as const)
    write(createLogger({ name: "hal", level: "debug", format, destination }));
  return text;
}

/** Errors as libraries throw them with what they failed at. */
function errorsAbout(hidden: string): unknown[] {
  const query = new Error(`Failed query: insert into t values (?)\nparams: ${hidden}`);
  Object.assign(query, { query: "insert into t values (?)", params: [hidden] });
  return [
    Object.assign(new Error("plain"), { headers: { authorization: `Bearer ${hidden}` }, input: hidden }),
    new Error("outer", { cause: Object.assign(new Error("inner"), { rawPacket: Buffer.from(hidden), hidden }) }),
    new Error("outer", { cause: { body: hidden } }),
    new AggregateError([thrownBy(() => JSON.parse(`{"key": ${hidden}`)), query], "all failed"),
    query,
    thrownBy(() => JSON.parse(hidden)),
    thrownBy(() => v.parse(v.number(), hidden)),
    thrownBy(() => v.parse(v.object({ [hidden]: v.number() }), { [hidden]: hidden })),
    thrownBy(() => new URL(hidden)),
    thrownBy(() => new RegExp(`(${hidden}`)),
    thrownBy(() => spawnSync("true", { env: { KEY: `${hidden}\0` } })),
    thrownBy(() => spawnSync("true", { cwd: { [hidden]: hidden } as unknown as string })),
    hidden,
    { hidden },
    undefined,
  ];
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return new Error("nothing was thrown");
}

// I15
it("shows of an error what went wrong and where, and nothing that hangs on it", () => {
  fc.assert(
    fc.property(secret, (hidden) => {
      for (const error of errorsAbout(hidden)) {
        const text = logged((log) => {
          log.error({ error }, "failed");
          if (error instanceof Error) log.error(error, "failed");
        });
        expect(isIn(text, hidden)).toBe(false);
        expect(isIn(JSON.stringify(errorFacts(error)), hidden)).toBe(false);
      }
    }),
    { numRuns: 30 },
  );
});

it("keeps type, code, message, frames and causes of an error", () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const facts = errorFacts(new StartupError("cannot go on", { cause }));
  expect(facts).toMatchObject({
    type: "StartupError",
    message: "cannot go on",
    cause: { code: "ECONNREFUSED", message: cause.message },
  });
  expect(facts.stack).toMatch(/^StartupError: cannot go on\n {4}at .*\n[\s\S]*caused by Error: connect ECONNREFUSED/);
});

it("logs no value of a field that holds secrets or content, however deep it is", () => {
  const names = ["headers", "env", "environment", "config", "body", "prompt", "text", "args", "input"];
  const own = [
    "authorization",
    "set-cookie",
    "password",
    "nodeSecret",
    "apiKey",
    "admin_api_key",
    "bot_token",
    "private_key",
  ];
  fc.assert(
    fc.property(secret, fc.constantFrom(...names, ...own), fc.integer({ min: 0, max: 4 }), (hidden, name, depth) => {
      for (const value of [hidden, [hidden], { "x-api-key": hidden }, new Map([[1, hidden]])]) {
        let fields: Record<string, unknown> = { [name]: value };
        for (let level = 0; level < depth; level += 1) fields = { at: level % 2 === 0 ? fields : [fields] };
        expect(
          isIn(
            logged((log) => log.info(fields, "said")),
            hidden,
          ),
        ).toBe(false);
      }
    }),
    { numRuns: 60 },
  );
  expect(logged((log) => log.info({ token: "1a2b3c4d", port: 1 }, "ready"))).toContain("1a2b3c4d");
});

const Schema = v.object({
  token: v.pipe(v.string(), v.minLength(1)),
  port: v.optional(v.pipe(v.number(), v.integer())),
  kind: v.optional(v.picklist(["a", "b"])),
  section: v.optional(v.object({ on: v.boolean() })),
  names: v.optional(v.record(v.string(), v.number())),
  list: v.optional(v.array(v.object({ name: v.string() }))),
  either: v.optional(v.union([v.number(), v.boolean()])),
  strict: v.optional(strictSection({ enabled: v.optional(v.boolean()) })),
});

it("echoes no value of a configuration, and no key that is none, whatever is wrong with it", () => {
  fc.assert(
    fc.property(secret, fc.constantFrom(...Object.keys(Schema.entries)), (hidden, key) => {
      for (const value of [hidden, [hidden], { [hidden]: hidden }, { name: { [hidden]: 1 } }, 0.5]) {
        const given = { token: "x", [key]: value, [hidden]: hidden, [`k${hidden}_file`]: hidden };
        let said: string;
        try {
          said = parseConfig(Schema, given, { env: {} }).warnings.join("\n");
        } catch (error) {
          said = (error as Error).message;
        }
        expect(said).not.toBe("");
        expect(isIn(said, hidden)).toBe(false);
      }
    }),
  );
});

it("says where JSON is broken without what stands there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hal unseen "));
  const path = join(folder, "c.json");
  await fc.assert(
    fc.asyncProperty(
      secret,
      fc.constantFrom('{"token": ', '{"token": "x" ', '{"token": "', '{"a": 1, ', ""),
      async (hidden, before) => {
        await writeFile(path, `${before}${hidden}`);
        expect(isIn(String(thrownBy(() => loadConfig(Schema, { path, env: {} }))), hidden)).toBe(false);
      },
    ),
    { numRuns: 60 },
  );
  await rm(folder, { recursive: true });
});

it("takes no address that holds a secret, and shows none of those that it does not take", () => {
  fc.assert(
    fc.property(secret, (hidden) => {
      const part = encodeURIComponent(hidden);
      for (const url of [
        `ws://me:${part}@host:1`,
        `ws://${part}@host`,
        `wss://host/?token=${part}`,
        `ws://h/#${part}`,
        hidden,
      ]) {
        expect(isIn(addressProblem(url) as string, hidden)).toBe(false);
        expect(isIn(addressProblem(url) as string, part)).toBe(false);
      }
      const names = { url: "url", ca: "ca", fingerprint: "fingerprint", insecure: "insecure" };
      expect(isIn(String(thrownBy(() => trustOf({ url: "wss://h", fingerprints: [hidden] }, names))), hidden)).toBe(
        false,
      );
    }),
  );
  expect(addressProblem("wss://host:8420/behind/a/proxy")).toBeUndefined();
});

it("ends a program that crashes with one entry of the log, and no more of the error", () => {
  const listeners = new Map<string, (error: unknown) => void>();
  const exit = vi.fn();
  const report = {};
  const text = logged((log) => {
    endOnCrash({ on: (event, listener) => listeners.set(event, listener), exit, report }, log);
    for (const listener of listeners.values())
      listener(Object.assign(new Error("boom"), { options: { headers: { authorization: "Bearer s3cr3t-planted" } } }));
  });
  expect([...listeners.keys()]).toEqual(["uncaughtException", "unhandledRejection"]);
  expect(text).toContain("boom");
  expect(text).toMatch(/\n {4}at /);
  expect(text).not.toContain("s3cr3t-planted");
  expect(exit).toHaveBeenCalledWith(1);
  expect(report).toEqual({ excludeEnv: true });
});
