import type { CommandReply, InboxItemView, InboxView, SessionView, Tier } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const bash = (command: string): string => `[[tool: bash ${JSON.stringify({ command, description: "run" })}]]`;
const question = {
  questions: [{ question: "Which?", header: "Which", options: [{ label: "A", description: "a" }] }],
};
const asks = (permission: string): string => `${bash(`git ${permission}`)} [[say: on]]`;
const task = (prompt: string): string =>
  `[[tool: task ${JSON.stringify({ description: "part", prompt, subagent_type: "general" })}]] [[say: together]]`;

/** What a person would call right: the status, its reason, and where the inbox has it; null where nobody is needed. */
interface Right {
  readonly status: SessionView["status"];
  readonly reason: RegExp;
  readonly tier: Tier | null;
}

const FINISHED: Right = { status: "idle", reason: /finished its turn/, tier: "finished" };
const STOPPED: Right = { status: "idle", reason: /its turn was aborted/, tier: null };

/** Each is right at its beginning, until somebody or something acts, and at its end. */
interface Scenario {
  readonly name: string;
  readonly prompt: string;
  readonly before: Right;
  readonly next?: { readonly act: (session: string) => Promise<unknown>; readonly right: Right };
}

describe("each way a turn of opencode goes", () => {
  let stage: Stage;
  let sam: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    // a busy machine is not to be taken for a node that is away
    stage = await Stage.open(inject("opencode"), { heartbeat: { seconds: 1, count: 60 } });
    await stage.startSupervisor();
    sam = stage.agent("sam", { permission: { bash: { "*": "allow", "git *": "ask" } } });
    sam.start();
    await stage.nodeUp(sam);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const halctl = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await stage.halctl.run(...args);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
  };
  const answer = async (session: string, verb: string, ...args: string[]): Promise<void> =>
    halctl("interactions", verb, (await stage.asked(session)).id, ...args);

  const itemOf = async (session: string): Promise<InboxItemView | undefined> => {
    const { items } = await stage.api<InboxView>("/inbox?limit=1000");
    return items.find(({ session_id: id }) => id === session);
  };
  /** Waits until a session is as a person would expect it. */
  const isRight = async (session: string, right: Right): Promise<boolean> =>
    eventually(async () => {
      const { status, reason } = await stage.session(session);
      expect([status, reason]).toEqual([right.status, expect.stringMatching(right.reason)]);
      expect((await itemOf(session))?.tier ?? null).toBe(right.tier);
      return true;
    }, 60_000);

  const busy: Right = { status: "busy", reason: /./, tier: null };
  const waiting: Right = { status: "waiting", reason: /^waiting .*for a person: /, tier: "blocked" };

  const scenarios: readonly Scenario[] = [
    { name: "an answer", prompt: "[[say: done]]", before: FINISHED },
    {
      name: "a permission that is given once",
      prompt: asks("push one"),
      before: waiting,
      next: { act: (id) => answer(id, "allow"), right: FINISHED },
    },
    {
      name: "a permission that is given for always",
      prompt: asks("fetch always"),
      before: waiting,
      next: { act: (id) => answer(id, "allow", "--always"), right: FINISHED },
    },
    {
      name: "the same again after an always",
      prompt: asks("fetch always"),
      before: FINISHED,
    },
    {
      name: "a permission that is denied",
      prompt: asks("push two"),
      before: waiting,
      next: { act: (id) => answer(id, "deny"), right: { status: "idle", reason: /denied/, tier: "finished" } },
    },
    {
      name: "a question",
      prompt: `[[tool: question ${JSON.stringify(question)}]] [[say: on]]`,
      before: waiting,
      next: { act: (id) => answer(id, "answer", "A"), right: FINISHED },
    },
    {
      name: "a request that is wrong (400)",
      prompt: "[[error: 400]]",
      before: { status: "error", reason: /scripted error 400/, tier: "failed" },
    },
    {
      name: "a credential that is wrong (401)",
      prompt: "[[error: 401]]",
      before: { status: "error", reason: /scripted error 401/, tier: "failed" },
    },
    {
      name: "a limit (429)",
      prompt: "[[429: 3]] [[say: later]]",
      before: { status: "retrying", reason: /scripted rate limit/, tier: null },
      next: { act: async () => undefined, right: FINISHED },
    },
    {
      name: "a provider that fails (500)",
      prompt: "[[error: 500]]",
      before: { status: "retrying", reason: /scripted error 500/, tier: null },
      next: { act: (id) => halctl("sessions", "abort", id), right: STOPPED },
    },
    {
      name: "an answer that breaks off",
      prompt: "[[drop]]",
      before: { status: "retrying", reason: /./, tier: null },
      next: { act: (id) => halctl("sessions", "abort", id), right: STOPPED },
    },
    {
      name: "an answer that a person stops",
      prompt: "[[slow: 600]]",
      before: busy,
      next: { act: (id) => halctl("sessions", "abort", id), right: STOPPED },
    },
    {
      name: "a tool that a person stops",
      prompt: `${bash("sleep 600")} [[say: slept]]`,
      before: busy,
      next: { act: (id) => halctl("sessions", "abort", id), right: STOPPED },
    },
    {
      name: "a context that is full, and is summed up",
      prompt: "[[usage: in=99500 out=10]] [[say: much]]",
      before: FINISHED,
    },
    {
      name: "a context that overflows",
      prompt: "[[overflow]]",
      before: { status: "error", reason: /./, tier: "failed" },
    },
    { name: "a sub-agent that answers", prompt: task("[[say: a part]]"), before: FINISHED },
    {
      name: "a sub-agent that asks",
      prompt: task(bash("git push child")),
      before: waiting,
      next: { act: (id) => answer(id, "allow"), right: FINISHED },
    },
    {
      name: "a session that is deleted while it works",
      prompt: "[[slow: 600]]",
      before: busy,
      next: {
        act: (id) => sam.opencode().deleteSession(id),
        right: { status: "ended", reason: /deleted/, tier: null },
      },
    },
    {
      name: "an opencode that dies in the middle of a turn and is started again",
      prompt: "[[slow: 600]]",
      before: busy,
      next: {
        act: async () => {
          process.kill(sam.opencode().pid, "SIGKILL");
          await stage.nodeUp(sam);
        },
        right: { status: "error", reason: /opencode ended in the middle of this turn/, tier: "failed" },
      },
    },
  ];

  const ends = new Map<string, Right>();

  for (const { name, prompt, before, next } of scenarios)
    test(`ends where a person would expect it: ${name}`, async () => {
      const { session_id: session } = await stage.halctl.json<CommandReply>("sessions", "start", "sam", prompt);
      const id = session as string;
      await isRight(id, before);
      await next?.act(id);
      const end = next?.right ?? before;
      expect(await isRight(id, end)).toBe(true);
      ends.set(id, end);
    });

  test("stays where it was over a restart of everything", async () => {
    await sam.stop();
    await stage.supervisor.kill();
    await stage.startSupervisor();
    sam.start();
    await stage.nodeUp(sam);
    for (const [id, right] of ends) expect(await isRight(id, right)).toBe(true);
  });
});
