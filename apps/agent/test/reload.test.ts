import { createLogger, parseConfig, StartupError, type Trust } from "@hal/daemon";
import { beforeEach, expect, it } from "vitest";
import { AgentConfig } from "../src/config.ts";
import { reloadAgent } from "../src/reload.ts";

const STARTED = { supervisor_url: "wss://hal:8420", auth_token: "old", projects: [] as unknown[] };
const read = (value: object) => parseConfig(AgentConfig, value, { env: {} });
let lines: string[];
let configured: { readonly token: string; readonly trust: Trust }[];
beforeEach(() => {
  lines = [];
  configured = [];
});

function reload(reread: () => ReturnType<typeof read>): void {
  reloadAgent({
    started: read(STARTED).config,
    reread,
    uplink: { configure: (settings) => void configured.push(settings) },
    env: {},
    log: createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } }),
  });
}

it("token and trust count from then on, the rest is named", () => {
  const projects = [{ name: "p", directory: "/srv/p" }];
  reload(() => read({ ...STARTED, auth_token: "new", tls: { insecure: true }, projects }));
  expect(configured).toMatchObject([{ token: "new", trust: { isInsecure: true } }]);
  expect(lines.find((line) => line.includes("needs a restart"))).toContain('"keys":["projects"]');
  expect(lines.join("")).not.toContain('"new"');
});

it("the token of another supervisor is not shown to this one", () => {
  reload(() => read({ ...STARTED, supervisor_url: "wss://another:8420", auth_token: "its" }));
  expect(configured).toEqual([]);
  expect(lines.find((line) => line.includes("needs a restart"))).toContain('"keys":["supervisor_url","auth_token"]');
});

it("a configuration that is wrong is refused, and the one in use stays", () => {
  reload(() => {
    throw new StartupError("auth_token: is missing");
  });
  expect(configured).toEqual([]);
  expect(lines.join("")).toContain("the one in use stays");
});
