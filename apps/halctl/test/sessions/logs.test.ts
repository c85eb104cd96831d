import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { interaction, message, NOW, session } from "../support/views.ts";

const ago = (hours: number): string => new Date(NOW - hours * 3_600_000).toISOString();

describe("logs", () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({
      "sessions.get": () => session(),
      "sessions.messages": () => [
        message({ id: "msg_1", text: "an old answer", created_at: ago(10) }),
        message({
          id: "msg_2",
          text: "it ran",
          created_at: ago(5),
          tools: [{ tool: "bash", title: "", status: "completed" }],
        }),
        message({ id: "msg_3", text: "no", created_at: ago(3), error: { name: "APIError", message: "refused" } }),
        message({ id: "msg_4", text: "the newest", created_at: ago(1) }),
      ],
      "interactions.list": () => [interaction({ id: "per_1", summary: "bash: git push", asked_at: ago(4) })],
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const ids = async (...args: string[]): Promise<string[]> => {
    const { out } = await halctl(server.url, ["logs", "engine", ...args, "-o", "json"]);
    return (JSON.parse(out) as { id: string }[]).map(({ id }) => id);
  };

  it.each([
    [[], ["msg_1", "msg_2", "msg_3", "msg_4"]],
    [
      ["--since", "6h"],
      ["msg_2", "msg_3", "msg_4"],
    ],
    [["--since", "6h", "--tail", "1"], ["msg_4"]],
    [["--filter", "errors"], ["msg_3"]],
    [["--filter", "tools", "-n", "1"], ["msg_2"]],
    [["--filter", "permissions"], ["per_1"]],
    [
      ["--filter", "errors,tools,permissions"],
      ["msg_2", "per_1", "msg_3"],
    ],
    [
      ["--filter", "errors", "--filter", "permissions"],
      ["per_1", "msg_3"],
    ],
  ])("%j shows %j", async (args, shown) => expect(await ids(...args)).toEqual(shown));

  it("show a request with what became of it", async () => {
    const { out } = await halctl(server.url, ["logs", "engine", "--filter", "permissions"]);
    expect(out).toMatch(/^── permission {2}.* {2}per_1\n {2}\? bash: git push\n {2}open: waits for a person\n$/);
  });

  it("say what can be filtered", async () => {
    const { code, err } = await halctl(server.url, ["logs", "engine", "--filter", "noise"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'halctl: --filter cannot be "noise"; it is one or more of errors, tools, permissions\n',
    });
  });
});
