import { expect, it } from "vitest";
import { createLogger, logFormatOf, logLevelOf } from "../src/index.ts";

function capture(format: "json" | "human" | "journal"): { log: ReturnType<typeof createLogger>; lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    log: createLogger({ name: "hal-agent", format, destination: { write: (line) => lines.push(line) } }),
  };
}

it("gives the journal a priority for each level, so that journalctl -p err finds errors only", () => {
  const { log, lines } = capture("journal");
  log.info({ node: "a" }, "connected");
  log.warn("slow");
  log.error({ error: new Error("boom") }, "failed");
  expect(lines[0]).toBe("<6>hal-agent: connected node=a\n");
  expect(lines[1]).toBe("<4>hal-agent: WARN slow\n");
  expect(lines[2]).toMatch(/^<3>hal-agent: ERROR failed error=boom\n/);
});

it("writes JSON lines for programs", () => {
  const { log, lines } = capture("json");
  log.warn({ port: 8420 }, "port taken");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", name: "hal-agent", port: 8420, msg: "port taken" });
});

it("falls back to info, with a sentence, for a level that does not exist", () => {
  expect(logLevelOf("DEBUG")).toEqual({ level: "debug" });
  expect(logLevelOf("loud").level).toBe("info");
  expect(logLevelOf("loud").warning).toContain("LOG_LEVEL=loud");
});

it("chooses the format by where the output goes", () => {
  expect(logFormatOf({ JOURNAL_STREAM: "8:1" }, false)).toBe("journal");
  expect(logFormatOf({}, true)).toBe("human");
  expect(logFormatOf({}, false)).toBe("json");
  expect(logFormatOf({ LOG_FORMAT: "json", JOURNAL_STREAM: "8:1" }, true)).toBe("json");
});
