import type { Span, Tracing } from "@hal/daemon";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connected, dial, event, events } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const told: string[] = [];

/** Tells what spans are begun and ended, each named by its place. */
const tracing: Tracing = {
  begin(name, { traceparent, parent }) {
    const belongsTo = parent?.traceparent ?? traceparent ?? "nothing";
    told.push(`${name} of ${belongsTo}`);
    return spanOf(name);
  },
  [Symbol.asyncDispose]: async () => void told.push("disposed"),
};

function spanOf(name: string): Span {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    traceparent: `parent:${name}`,
    set: () => undefined,
    event: (what) => void told.push(`${name} ${what}`),
    child: (inner) => spanOf(inner),
    end: (failure) => void told.push(`${name} ended${failure === undefined ? "" : `: ${failure}`}`),
  };
}

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({}, {}, { tracing });
});
afterAll(() => stage[Symbol.asyncDispose]());

it("a call goes on with the trace that it names, its command with that, and the agent with the command's", async () => {
  const agent = await connected(stage);
  const control = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
  const start = { project: "p1", wait_ms: 0, deadline_ms: 60_000 };
  control.send({ type: "call", id: "1", operation: "sessions.start", input: start, traceparent: GIVEN });
  const { id: commandId, traceparent } = await agent.next("command");
  expect(traceparent).toBe("parent:command session.start");
  await control.next("reply", "1");
  agent.send(events(event(1, "command.cancelled", { commandId })));
  await expect.poll(() => told).toContain("command session.start ended");
  expect(told).toEqual(
    expect.arrayContaining([
      `operation sessions.start of ${GIVEN}`,
      "command session.start of parent:operation sessions.start",
      "command session.start queued",
      "command session.start sent",
      "operation sessions.start ended",
    ]),
  );
  agent.close();
  control.close();
});

it("an operation that fails says so by a word, and a stop ends what is not done, then the tracing", async () => {
  expect((await stage.get("/api/v1/sessions/nobody")).status).toBe(404);
  expect(told).toContain("operation sessions.get ended: not_found");
  const queued = await stage.send("POST", "/api/v1/sessions", { project: "p1", prompt: "go", wait_ms: 0 });
  expect(queued.status).toBe(200);
  told.length = 0;
  await stage.restart();
  expect(told.slice(-2)).toEqual(["command session.start ended", "disposed"]);
});
