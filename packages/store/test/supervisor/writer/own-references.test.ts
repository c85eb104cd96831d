import type { EventEnvelope } from "@hal/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  commandById,
  type CommandRow,
  listEvents,
  listInteractions,
  listSessions,
  takeFrame,
} from "../../../src/supervisor/index.ts";
import { COMMAND, LogStage, NODE, OTHER_NODE as OTHER } from "../../support/log-stage.ts";

const ANSWER: CommandRow = {
  ...COMMAND,
  id: "cmd_answer",
  type: "interaction.answer",
  project: "p",
  sessionId: "ses_1",
  actor: "token:alice",
  args: { interactionId: "per_1", sessionId: "ses_1", kind: "permission", reply: "always" },
  deadlineAt: 2,
};

let stage: LogStage;
let seq: number;

beforeEach(async () => {
  stage = await LogStage.open();
  seq = 0;
  await stage.greet(OTHER);
  await stage.tell(
    1,
    { type: "session.started", session: "ses_1", project: "p", data: { title: "t", createdAt: 1, updatedAt: 1 } },
    asked("per_1", "ses_1"),
  );
  await stage.queue(ANSWER);
});
afterEach(() => stage[Symbol.asyncDispose]());

type Said = Omit<EventEnvelope, "seq" | "at">;

function asked(interactionId: string, session: string): Said {
  return {
    type: "interaction.asked",
    session,
    project: "p",
    data: { interactionId, kind: "permission", summary: "s", askedAt: 1 },
  };
}

function answered(interactionId: string, session: string, commandId: string): Said {
  return { type: "interaction.answered", session, project: "p", data: { interactionId, reply: "always", commandId } };
}

async function says(nodeId: string, epoch: string, ...said: readonly Said[]) {
  const events = said.map((one) => ({ ...one, seq: (seq += 1), at: 5 }));
  const bytes = Buffer.from(JSON.stringify({ type: "events", epoch, events }));
  const taken = await takeFrame(stage.store, { nodeId, bytes, receivedAt: 5 });
  if (taken.kind !== "taken") throw new Error(taken.problem);
  return taken;
}

async function interaction(id: string, nodeId: string) {
  return (await listInteractions(stage.store, { limit: 50 })).find((row) => row.id === id && row.nodeId === nodeId);
}

describe("what an event names", () => {
  it("is no answer of somebody whose command was for another node; the fact is kept, and the name marked", async () => {
    const taken = await says(OTHER, "e", asked("per_9", "ses_9"), answered("per_9", "ses_9", ANSWER.id));
    expect(taken.refused).toEqual({ commandId: 1 });
    expect(await interaction("per_9", OTHER)).toMatchObject({
      state: "answered",
      answeredBy: "opencode",
      stateReason: "allowed always by opencode",
    });
    const [told] = await listEvents(stage.store, { limit: 1 });
    expect(JSON.parse(told?.data ?? "")).toEqual({
      interactionId: "per_9",
      reply: "always",
      refusedReferences: { commandId: ANSWER.id },
    });
  });

  it("is no answer where the command brought another one, on the same node, either", async () => {
    const taken = await says(NODE, "e2", asked("per_2", "ses_1"), answered("per_2", "ses_1", ANSWER.id));
    expect(taken.refused).toEqual({ commandId: 1 });
    expect(await interaction("per_2", NODE)).toMatchObject({ answeredBy: "opencode" });
    expect((await says(NODE, "e2", answered("per_1", "ses_1", ANSWER.id))).refused).toEqual({});
    expect(await interaction("per_1", NODE)).toMatchObject({ answeredBy: "token:alice" });
  });

  it("names somebody by a command that is not known here, as after a restore, and nobody in particular", async () => {
    expect((await says(NODE, "e2", answered("per_1", "ses_1", "cmd_forgotten"))).refused).toEqual({});
    expect((await interaction("per_1", NODE))?.answeredBy).toContain("not known here");
  });

  it("is poison where the event is about a command of another node, and ends nothing", async () => {
    const outcome = { type: "command.succeeded", data: { commandId: ANSWER.id, output: {} } };
    expect(await says(OTHER, "e", outcome)).toMatchObject({ refused: { commandId: 1 } });
    expect(await commandById(stage.store, ANSWER.id)).toMatchObject({ state: "queued" });
    expect((await listEvents(stage.store, { limit: 1 }))[0]?.type).toBe("event.invalid");
  });

  it("is poison where it is an interaction of another session", async () => {
    const expired = { type: "interaction.expired", session: "ses_2", data: { interactionId: "per_1", reason: "r" } };
    expect((await says(NODE, "e2", expired)).refused).toEqual({ interactionId: 1 });
    expect(await interaction("per_1", NODE)).toMatchObject({ state: "open" });
  });

  it("makes no ring of sessions", async () => {
    const child = (session: string, parentId: string): Said => ({
      type: "session.updated",
      session,
      project: "p",
      data: { title: session, parentId, createdAt: 1, updatedAt: 1 },
    });
    const taken = await says(
      NODE,
      "e2",
      child("ses_a", "ses_a"),
      child("ses_b", "ses_a"),
      child("ses_c", "ses_b"),
      child("ses_a", "ses_c"),
    );
    expect(taken.refused).toEqual({ parentId: 2 });
    const parents = (await listSessions(stage.store, { limit: 10 })).map(({ id, parentId }) => `${id}<${parentId}`);
    expect(parents.toSorted()).toEqual(["ses_1<null", "ses_a<null", "ses_b<ses_a", "ses_c<ses_b"]);
  });

  it("says of a reply that its kind cannot have that nobody knows how it was answered", async () => {
    const odd = { type: "interaction.answered", session: "ses_1", data: { interactionId: "per_1", reply: "answer" } };
    await says(NODE, "e2", odd);
    expect(await interaction("per_1", NODE)).toMatchObject({
      state: "answered",
      reply: null,
      stateReason: "closed, nobody knows how, by opencode",
    });
  });

  it("never changes what is another node's, whatever it is", async () => {
    const session = fc.constantFrom("ses_1", "ses_9");
    const request = fc.constantFrom("per_1", "per_9");
    const command = fc.constantFrom(ANSWER.id, "cmd_unknown");
    const said: fc.Arbitrary<Said> = fc.oneof(
      fc.tuple(request, session).map(([id, of]) => asked(id, of)),
      fc.tuple(request, session, command).map(([id, of, by]) => answered(id, of, by)),
      fc
        .tuple(fc.constantFrom("command.running", "command.failed", "command.cancelled", "command.succeeded"), command)
        .map(([type, commandId]) => ({ type, data: { commandId, error: { code: "internal" as const, message: "" } } })),
      session.map((of) => ({ type: "session.ended", session: of, data: { reason: "deleted" as const } })),
    );
    const ours = async () => ({
      command: await commandById(stage.store, ANSWER.id),
      interaction: await interaction("per_1", NODE),
      sessions: (await listSessions(stage.store, { limit: 50 })).filter(({ nodeId }) => nodeId === NODE),
    });
    const before = await ours();
    await fc.assert(
      fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 5 }), async (all) => {
        await says(OTHER, "e", ...all);
        expect(await ours()).toEqual(before);
        const theirs = (await listInteractions(stage.store, { limit: 50 })).filter(({ nodeId }) => nodeId === OTHER);
        expect(theirs.map(({ answeredBy }) => answeredBy)).not.toContain("token:alice");
      }),
      { numRuns: 50 },
    );
  });
});
