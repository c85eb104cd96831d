import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BackEnd } from "../../src/back-end.ts";
import { ConfigError } from "../../src/domain/config-error.ts";
import { isUnclear } from "../../src/domain/unclear-error.ts";
import { Secrets } from "../../src/opencode/process/domain/secrets.ts";
import { connectOpencode } from "../../src/opencode/v1/client.ts";

let server: Server;
let api: BackEnd;
let answer: { readonly status: number; readonly body: unknown };
let asked: unknown[];
let requests = 0;
let urls: string[];

beforeEach(async () => {
  asked = [];
  urls = [];
  server = createServer((request, response) => {
    requests += 1;
    urls.push(request.url ?? "");
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      if (pieces.length > 0) asked.push(JSON.parse(Buffer.concat(pieces).toString("utf8")));
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  api = connectOpencode(
    { port: (server.address() as AddressInfo).port, password: "secret", run: "run" },
    () => new Secrets([]),
  );
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it("names no session to opencode of which no row was seen, because opencode refuses a place before the first", async () => {
  answer = { status: 200, body: [] };
  expect(await api.history({ ses_new: -1, ses_first: 0, ses_known: 7 })).toEqual([]);
  expect(asked).toEqual([{ ses_first: 0, ses_known: 7 }]);
});

it("finds a prompt only where its text is, and not the half of it that a killed opencode left", async () => {
  const info = { id: "msg_1", role: "user" };
  const answers = [
    [{ status: 200, body: { info, parts: [{ id: "prt_1", type: "text", text: "hello" }] } }, true],
    [{ status: 200, body: { info, parts: [] } }, false],
    [{ status: 404, body: { name: "NotFoundError" } }, false],
  ] as const;
  for (const [given, expected] of answers) {
    answer = given;
    expect(await api.hasPrompt("ses_1", "msg_1")).toBe(expected);
  }
});

it.each(["..", "../../config", "ses_1/../../x", "", "%2e%2e", "ses_1?directory=/", "ses 1"])(
  "asks nothing of opencode by what is no id of its: %j",
  async (id) => {
    answer = { status: 200, body: {} };
    const before = requests;
    const asking = [
      api.hasSession(id),
      api.abort(id),
      api.archive(id, 1),
      api.todos(id),
      api.hasPrompt("ses_1", id),
      api.answerPermission({ id, directory: undefined, reply: "once", message: undefined }),
      api.answerQuestion({ id, directory: undefined, answers: undefined }),
    ];
    for (const settled of await Promise.allSettled(asking))
      expect(settled).toMatchObject({ status: "rejected", reason: { code: "bad_request" } });
    expect(requests).toBe(before);
  },
);

it("says in one line which configuration opencode could not read, and what to do", async () => {
  const message = '\n--- JSONC Input ---\n{ "model": \n\n--- Errors ---\nValueExpected at line 2\n--- End ---';
  answer = { status: 400, body: { name: "ConfigJsonError", data: { path: "/srv/p/opencode.json", message } } };
  await expect(api.statuses("/srv/p")).rejects.toThrow(
    "opencode answered 400 to statuses: /srv/p/opencode.json: ValueExpected at line 2; mend it: opencode is started anew",
  );
});

it.each([
  ["ConfigJsonError", "/srv/p/opencode.json", { file: "/srv/p/opencode.json" }],
  ["ConfigInvalidError", "OPENCODE_CONFIG_CONTENT", { file: undefined }],
])("tells a configuration that opencode could not read apart: %s of %s", async (name, path, expected) => {
  answer = { status: 400, body: { name, data: { path, issues: [] } } };
  const failed: unknown = await api.statuses("/srv/p").catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ConfigError);
  expect(failed).toMatchObject({ code: "opencode_error", ...expected });
});

it.each([
  [400, { name: "BadRequest", data: { path: "/srv/p/opencode.json" } }],
  [500, { name: "ConfigJsonError", data: { path: "/srv/p/opencode.json", message: "it broke in the middle" } }],
])("takes no other failure for it: %i %j", async (status, body) => {
  answer = { status, body };
  expect(await api.statuses("/srv/p").catch((error: unknown) => error)).not.toBeInstanceOf(ConfigError);
});

it("names a directory with a percent sign so that it is the same after opencode has decoded it twice", async () => {
  answer = { status: 200, body: [] };
  await api.permissions("/srv/100%25 of it");
  await api.boot("/srv/100%25 of it");
  for (const url of urls) {
    const once = new URL(url, "http://127.0.0.1").searchParams.get("directory") ?? "";
    expect(decodeURIComponent(once)).toBe("/srv/100%25 of it");
  }
  expect(urls).toHaveLength(2);
});

it("is told of no session that opencode made and does not name, and says that it may be there", async () => {
  for (const body of [{}, [], { id: 7 }, { id: "../global" }]) {
    answer = { status: 200, body };
    const making = [() => api.createSession({ directory: "/p", commandId: "cmd_1" }), () => api.fork("ses_1")];
    for (const make of making) {
      const error = await make().catch((thrown: unknown) => thrown);
      expect(isUnclear(error)).toBe(true);
      expect(error).toMatchObject({ message: "opencode says that it made a session, and not which one" });
    }
  }
});

it("takes no answer that is none of what it asked for to say that there is nothing", async () => {
  const asking: readonly (() => Promise<unknown>)[] = [
    () => api.history({}),
    () => api.sessions("/p"),
    () => api.permissions("/p"),
    () => api.questions("/p"),
    () => api.todos("ses_1"),
    () => api.diff("ses_1", "msg_1"),
    () => api.newestMessage("ses_1"),
    () => api.hasPrompt("ses_1", "msg_1"),
    () => api.findSession("ses_1"),
  ];
  answer = { status: 200, body: { later: "otherwise" } };
  for (const ask of asking) await expect(ask()).rejects.toThrow("in a way that this agent does not know");
  answer = { status: 200, body: [] };
  await expect(api.statuses("/p")).rejects.toThrow("in a way that this agent does not know");
});
