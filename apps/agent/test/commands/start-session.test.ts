import type { CommandFrame } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
let runner: CommandRunner;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
  stage.follow();
  runner = new CommandRunner(stage.context);
  await runner.load();
});
afterEach(() => stage[Symbol.asyncDispose]());

let made = 0;
async function start(args: object): Promise<Told> {
  made += 1;
  const id = `cmd_${made}`;
  const frame: CommandFrame = {
    type: "command",
    id,
    command: "session.start",
    args: { project: "p1", ...args },
    remainingMs: 60_000,
  };
  await runner.take(frame);
  const ends = async (): Promise<Told[]> =>
    (await stage.told()).filter(({ type, data }) => data["commandId"] === id && type !== "command.running");
  await expect.poll(async () => (await ends()).length).toBe(1);
  return (await ends())[0] as Told;
}

const busy = async (id: string, more: object = {}): Promise<void> => {
  double.session(id, PROJECT, more);
  double.status(id, { type: "busy" });
  await expect.poll(() => stage.context.book.get(id)?.status).toBe("busy");
};

// I28
describe("a start that is to be alone", () => {
  it("is refused where somebody began another session meanwhile, and opencode is asked for nothing", async () => {
    await busy("ses_a");
    expect(await start({ alone: true, prompt: "write it" })).toMatchObject({
      type: "command.failed",
      data: {
        error: {
          code: "conflict",
          message:
            "project p1 has an active session, ses_a (busy), so nothing was started; wait for it: halctl sessions wait ses_a; stop its turn: halctl sessions abort ses_a; or begin beside it in a git worktree, with --parallel",
          details: { project: "p1", session_id: "ses_a" },
        },
      },
    });
    expect([...double.sessionsIn.keys()]).toEqual(["ses_a"]);
    double.status("ses_a", { type: "idle" });
    await expect.poll(() => stage.context.book.get("ses_a")?.status).toBe("idle");
    expect(await start({ alone: true })).toMatchObject({ type: "command.succeeded" });
  });

  it("is refused where opencode says of a session at work that was not heard of yet", async () => {
    double.session("ses_a", PROJECT, {}, { live: false });
    double.session("ses_b", PROJECT, { parentID: "ses_a" }, { live: false });
    double.working.set("ses_b", { type: "busy" });
    expect(await start({ alone: true })).toMatchObject({ type: "command.succeeded" });
    double.working.set("ses_a", { type: "retry", attempt: 1, message: "later" });
    expect(await start({ alone: true })).toMatchObject({
      data: { error: { code: "conflict", message: expect.stringContaining("ses_a (retrying)") } },
    });
  });

  it("minds neither the children of one that rests nor one in another place", async () => {
    double.session("ses_a", PROJECT);
    await busy("ses_b", { parentID: "ses_a" });
    double.session("ses_c", "/srv/other");
    double.status("ses_c", { type: "busy" });
    expect(await start({ alone: true })).toMatchObject({ type: "command.succeeded" });
  });

  it("begins beside another where it need not be alone", async () => {
    await busy("ses_a");
    expect(await start({})).toMatchObject({ type: "command.succeeded" });
  });
});
