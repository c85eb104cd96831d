import type { HalEvent } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { NEW_SESSION } from "../../src/capabilities/sessions/domain/saved-session.ts";
import { SessionTeller } from "../../src/capabilities/sessions/domain/session-teller.ts";
import { ABORT } from "../support/source-facts.ts";
import { sourceRow } from "../../src/opencode/v1/source-row.ts";

const ID = "ses_1";
const placement = { projectOf: () => "p", isExternal: () => false };

/** A session that opencode tells of row by row. */
function story() {
  const teller = new SessionTeller(ID, placement, NEW_SESSION, new Map());
  let seq = -1;
  const row = (type: string, data: object): void => {
    seq += 1;
    const parsed = sourceRow({ aggregateID: ID, seq, type, data });
    if (parsed === undefined) throw new Error("no row");
    teller.row(parsed);
  };
  return {
    teller,
    session: (archived?: number) =>
      row("session.updated.1", {
        info: { id: ID, directory: "/p", title: "t", time: { created: 1, updated: 2, archived } },
      }),
    textless: (id: string) => row("message.updated.1", { info: { id, role: "user", time: { created: 3 } } }),
    user: (id: string) => {
      row("message.updated.1", { info: { id, role: "user", time: { created: 3 } } });
      row("message.part.updated.1", { part: { id: `prt_${id}`, messageID: id, type: "text", text: "hello" } });
    },
    assistant: (id: string, end?: { readonly completed: number; readonly finish: string; readonly cost?: number }) => {
      row("message.part.updated.1", { part: { id: `prt_${id}`, messageID: id, type: "text", text: "answer" } });
      row("message.updated.1", {
        info: {
          id,
          role: "assistant",
          cost: end?.cost,
          finish: end?.finish,
          time: { created: 4, completed: end?.completed },
        },
      });
    },
    failed: (id: string) =>
      row("message.updated.1", {
        info: { id, role: "assistant", time: { created: 4 }, error: { name: "APIError", data: { message: "401" } } },
      }),
    /** types of what was told since the last look */
    told: () => teller.take().events.map(({ type }: HalEvent) => type),
  };
}

describe("a session that was killed", () => {
  it("stays ended, whatever comes late of the turn that was stopped", () => {
    const { teller, session, user, told } = story();
    session();
    user("msg_1");
    teller.doing({ type: "busy" }, 5);
    teller.ended("killed", 6);
    told();
    teller.doing({ type: "busy" }, 7);
    teller.doing({ type: "retry", attempt: 1, message: "later" }, 8);
    teller.failed(ABORT, 9);
    session(6);
    teller.doing({ type: "idle" }, 10);
    expect(told()).toEqual([]);
    expect(teller.status).toBe("ended");
  });

  it("is at work again when somebody prompts it, and has ended again when that is over", () => {
    const { teller, session, user, assistant, told } = story();
    session();
    user("msg_1");
    teller.doing({ type: "busy" }, 5);
    teller.ended("killed", 6);
    session(6);
    told();
    user("msg_2");
    teller.doing({ type: "busy" }, 7);
    assistant("msg_3", { completed: 8, finish: "stop" });
    session(6);
    expect(teller.status).toBe("busy");
    teller.doing({ type: "idle" }, 9);
    expect(told()).toEqual(["session.message", "session.busy", "session.message", "session.ended"]);
  });
});

describe("a session whose opencode died", () => {
  it("was interrupted before anything of the answer was there", () => {
    const { teller, session, user, told } = story();
    session();
    user("msg_1");
    teller.doing({ type: "busy" }, 5);
    told();
    teller.runEnded("runEnded", 6);
    expect(told()).toEqual(["session.error"]);
    expect(teller.status).toBe("error");
  });

  it("was interrupted in the middle of an answer, and between two of its steps", () => {
    for (const end of [undefined, { completed: 5, finish: "tool-calls" }]) {
      const { teller, session, user, assistant, told } = story();
      session();
      user("msg_1");
      teller.doing({ type: "busy" }, 5);
      assistant("msg_2", end);
      told();
      teller.runEnded("runEnded", 6);
      expect(told()).toContain("session.error");
    }
  });

  it("was interrupted although the next prompt was under way before anybody looked", () => {
    const { teller, session, user, assistant } = story();
    session();
    user("msg_1");
    teller.doing({ type: "busy" }, 5);
    assistant("msg_2");
    user("msg_3");
    teller.doing({ type: "busy" }, 6);
    assistant("msg_4", { completed: 7, finish: "stop" });
    teller.doing({ type: "idle" }, 8);
    const states = teller
      .take()
      .events.flatMap((event) => (event.type === "session.message" ? [[event.data.messageId, event.data.state]] : []));
    expect(states).toEqual([
      ["msg_1", "complete"],
      ["msg_3", "complete"],
      ["msg_2", "interrupted"],
      ["msg_4", "complete"],
    ]);
    expect(teller.status).toBe("idle");
  });

  it("has the prompt whose text died with it, once it rests or the next prompt is there", () => {
    const ends: ((of: ReturnType<typeof story>) => void)[] = [
      ({ teller }) => teller.runEnded("runEnded", 6),
      ({ user }) => user("msg_2"),
    ];
    for (const end of ends) {
      const of = story();
      of.session();
      of.textless("msg_1");
      end(of);
      const told = of.teller.take().events.filter(({ type }) => type === "session.message");
      expect(told).toHaveLength(1);
      expect(told[0]).toMatchObject({ data: { messageId: "msg_1", role: "user", text: "" } });
    }
  });

  it("was not interrupted where its turn had come to its end", () => {
    const { teller, session, user, assistant, told } = story();
    session();
    user("msg_1");
    teller.doing({ type: "busy" }, 5);
    assistant("msg_2", { completed: 5, finish: "stop" });
    // opencode tells the prompt once more when its title is there
    user("msg_1");
    teller.runEnded("runEnded", 6);
    expect(told().at(-1)).toBe("session.idle");
    expect(teller.status).toBe("idle");
  });
});

describe("an agent that has forgotten what it told", () => {
  it("says that a turn failed when it has read its history again, and nothing of the failures before it", () => {
    for (const [last, told] of [
      ["failed", "session.error"],
      ["finished", "session.idle"],
    ] as const) {
      const of = story();
      of.session();
      of.user("msg_1");
      of.failed("msg_2");
      of.user("msg_3");
      if (last === "failed") of.failed("msg_4");
      else of.assistant("msg_4", { completed: 8, finish: "stop" });
      of.teller.compared({ type: "idle" }, 9);
      const statuses = of.told().filter((type) => type === "session.error" || type === "session.idle");
      expect(statuses).toEqual([told]);
    }
  });

  it("says of a request that it does not know that nobody waits for it, and never of one that it closed", () => {
    const { teller, session, told } = story();
    session();
    told();
    teller.asked(
      { interactionId: "per_2", kind: "permission", summary: "s", patterns: [], always: [], questions: [], askedAt: 5 },
      5,
    );
    teller.answered({ interactionId: "per_2", reply: "once", answers: [] }, 6);
    told();
    teller.gone("per_1", { reason: "its asker is gone", at: 7 });
    teller.gone("per_1", { reason: "its asker is gone", at: 8 });
    teller.gone("per_2", { reason: "its asker is gone", at: 8 });
    const events = teller.take().events;
    expect(events.map(({ sourceKey }) => sourceKey)).toEqual([`${ID}/expired/per_1`]);
  });

  it("says of one that a comparison missed that it was answered where the stream brings that later, and once", () => {
    const { teller, session, told } = story();
    session();
    teller.doing({ type: "busy" }, 4);
    const answer = (interactionId: string): void => teller.answered({ interactionId, reply: "once", answers: [] }, 8);
    for (const interactionId of ["per_1", "per_2", "per_3"])
      teller.asked(
        { interactionId, kind: "permission", summary: "s", patterns: [], always: [], questions: [], askedAt: 5 },
        5,
      );
    told();
    teller.gone("per_1", { reason: "nobody waits for it", at: 7, isMissed: true });
    answer("per_1");
    answer("per_1");
    // a comparison that found the turn over may have overtaken the answer, too
    teller.compared({ type: "idle" }, 8);
    teller.compared({ type: "idle" }, 9);
    answer("per_2");
    // what comes of one once the stream itself has said that its turn is over comes too late
    teller.doing({ type: "idle" }, 10);
    answer("per_3");
    const events = teller.take().events.filter(({ type }) => type.startsWith("interaction"));
    expect(events.map(({ type, data }) => `${type} ${(data as { interactionId: string }).interactionId}`)).toEqual([
      "interaction.expired per_1",
      "interaction.answered per_1",
      "interaction.expired per_2",
      "interaction.expired per_3",
      "interaction.answered per_2",
    ]);
  });

  it("leaves one at its end that a command rejected because its session is stopped", () => {
    const { teller, session, told } = story();
    session();
    teller.doing({ type: "busy" }, 4);
    const request = { interactionId: "per_1", kind: "permission", summary: "s", askedAt: 5 } as const;
    teller.asked({ ...request, patterns: [], always: [], questions: [] }, 5);
    told();
    teller.gone("per_1", { reason: "its session is stopped", at: 7 });
    teller.answered({ interactionId: "per_1", reply: "reject", answers: [] }, 8);
    expect(told()).toEqual(["interaction.expired", "session.busy"]);
  });
});

describe("what is told together", () => {
  // I3
  it("has a message once, as it was at the end, and a session as it is", () => {
    const { teller, session, user, assistant } = story();
    session();
    user("msg_1");
    session();
    assistant("msg_2", { completed: 5, finish: "tool-calls" });
    assistant("msg_2", { completed: 6, finish: "stop", cost: 1 });
    const told = teller.take().events;
    expect(told.map(({ type }) => type)).toEqual(["session.started", "session.message", "session.message"]);
    expect(told.at(-1)).toMatchObject({ data: { messageId: "msg_2", finish: "stop", costMicroUsd: 1_000_000 } });
  });

  it("has the same source keys when the history is read again by an agent that has forgotten what it told", () => {
    const keys = (rows: number): (string | undefined)[] => {
      const { teller, session, user, assistant, told } = story();
      const steps = [
        () => session(),
        () => user("msg_1"),
        () => assistant("msg_2", { completed: 5, finish: "stop" }),
        () => assistant("msg_2", { completed: 5, finish: "stop" }),
        () => session(),
      ];
      const all: (string | undefined)[] = [];
      for (const [index, step] of steps.entries()) {
        step();
        if (index < rows) all.push(...teller.take().events.map(({ sourceKey }) => sourceKey));
      }
      return [...all, ...teller.take().events.map(({ sourceKey }) => sourceKey), ...told()];
    };
    expect(new Set(keys(0))).toEqual(new Set(keys(5)));
  });
});
