import { readdirSync, readFileSync } from "node:fs";
import { createLogger } from "@hal/daemon";
import { LIMITS, type LivePiece, type LiveReader, LiveText } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LiveTexts } from "../../src/capabilities/live/domain/live-texts.ts";
import { type InProgress, LiveLane } from "../../src/capabilities/live/live-lane.ts";
import { sourceFact } from "../../src/opencode/v1/source-fact.ts";
import { anAnswer, aText, aTool } from "../support/source-facts.ts";

interface Payload {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const folder = new URL("transcripts/", import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(".jsonl", ""));

/** What a real opencode sent of messages, with the token-by-token text. */
function transcript(name: string): Payload[] {
  return readFileSync(new URL(`${name}.jsonl`, folder), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly payload: Payload }).payload);
}

function sessionOf(payloads: readonly Payload[]): string {
  return payloads[0]?.properties["sessionID"] as string;
}

interface PartProperties {
  readonly part: { readonly id: string; readonly messageID: string; readonly type: string; readonly text?: string };
}

/** The texts that opencode told whole at the end of each part of an assistant's message. */
function finalTexts(payloads: readonly Payload[]): Map<string, string> {
  const users = new Set(
    payloads.flatMap(({ type, properties }) => {
      const { info } = properties as { readonly info?: { readonly id: string; readonly role: string } };
      return type === "message.updated" && info?.role === "user" ? [info.id] : [];
    }),
  );
  const texts = new Map<string, string>();
  for (const { type, properties } of payloads) {
    if (type !== "message.part.updated") continue;
    const { part } = properties as unknown as PartProperties;
    // a step that is tried again leaves its first part behind, which opencode never tells whole
    if ((part.type === "text" || part.type === "reasoning") && !users.has(part.messageID) && part.text !== "")
      texts.set(part.id, part.text ?? "");
  }
  return texts;
}

/** Lays everything that a reader lacks into a watcher's text, and notes what it said of each part. */
class Watcher {
  readonly text = new LiveText();
  readonly texts = new Map<string, string>();
  readonly pieces: LivePiece[] = [];

  read(reader: LiveReader, most = Number.POSITIVE_INFINITY): void {
    for (let count = 0; count < most; count += 1) {
      const piece = reader.next();
      if (piece === undefined) return;
      this.take(piece);
    }
  }

  take(piece: LivePiece): void {
    this.pieces.push(piece);
    this.text.write(piece);
    const { kind, partId } = piece;
    if (kind === "text" || kind === "reasoning") this.texts.set(partId, this.text.get(partId)?.text ?? "");
  }
}

describe.each(names)("the text of %s", (name) => {
  const payloads = transcript(name);
  const sessionId = sessionOf(payloads);
  const final = finalTexts(payloads);

  it("grows to what opencode told at the end, however seldom it is read", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: payloads.length, maxLength: payloads.length }), (reads) => {
        const texts = new LiveTexts();
        const reader = texts.reader(sessionId);
        const watcher = new Watcher();
        for (const [index, event] of payloads.entries()) {
          texts.hear(sourceFact(event));
          watcher.read(reader, reads[index]);
        }
        watcher.read(reader);
        expect(new Map([...watcher.texts].filter(([id]) => final.has(id)))).toEqual(final);
      }),
      { numRuns: 50 },
    );
  });

  it("is shown whole to who begins to watch in the middle of it, and is forgotten at its end", () => {
    for (let cut = 0; cut <= payloads.length; cut += 1) {
      const texts = new LiveTexts();
      for (const event of payloads.slice(0, cut)) texts.hear(sourceFact(event));
      const reader = texts.reader(sessionId);
      const watcher = new Watcher();
      watcher.read(reader);
      for (const piece of watcher.pieces) expect(piece).toMatchObject({ offset: 0, cut: false });
      for (const event of payloads.slice(cut)) texts.hear(sourceFact(event));
      watcher.read(reader);
      const shown = [...watcher.texts].filter(([id]) => final.has(id));
      expect(shown).toEqual(shown.map(([id]) => [id, final.get(id)]));
      const late = new Watcher();
      late.read(texts.reader(sessionId));
      expect(late.pieces).toEqual([]);
    }
  });

  it("is whole at its end, although events were missed", () => {
    for (let cut = 1; cut < payloads.length; cut += 1) {
      const texts = new LiveTexts();
      const reader = texts.reader(sessionId);
      const watcher = new Watcher();
      for (const [index, event] of payloads.entries()) {
        if (index === cut) texts.clear();
        texts.hear(sourceFact(event));
        watcher.read(reader);
      }
      const ended = watcher.pieces.filter(({ partId, end, cut: isCut }) => final.has(partId) && end && !isCut);
      expect(ended.map(({ partId }) => watcher.texts.get(partId))).toEqual(
        ended.map(({ partId }) => final.get(partId)),
      );
    }
  });
});

describe("what is known of a message in progress", () => {
  it("tells of tools by what they are about, each change once", () => {
    const payloads = transcript("02-tool-call");
    const texts = new LiveTexts();
    const reader = texts.reader(sessionOf(payloads));
    const watcher = new Watcher();
    for (const event of payloads) {
      texts.hear(sourceFact(event));
      watcher.read(reader);
    }
    const tools = watcher.pieces
      .filter(({ kind }) => kind === "tool")
      .map(({ tool, title, status }) => `${tool} ${title} ${status}`);
    expect(tools.slice(0, 3)).toEqual([
      "bash  pending",
      "bash echo hi; sleep 1; echo there running",
      "bash echo hi; sleep 1; echo there completed",
    ]);
    expect(new Set(tools).size).toBe(tools.length);
  });

  it("is bounded over all sessions, and a cut text is whole at its end", () => {
    const texts = new LiveTexts();
    const big = "x".repeat(LIMITS.livePartChars);
    const part = (n: number, text: string, end?: number): object => ({
      sessionID: `ses_${n}`,
      part: { id: `prt_${n}`, messageID: `msg_${n}`, type: "text", text, time: { start: 1, end } },
    });
    const hear = (type: string, properties: object) => texts.hear(sourceFact({ type, properties }));
    for (let n = 0; n < 40; n += 1) {
      hear("message.updated", {
        sessionID: `ses_${n}`,
        info: { id: `msg_${n}`, role: "assistant", time: { created: 1 } },
      });
      hear("message.part.updated", part(n, ""));
      const delta = { sessionID: `ses_${n}`, messageID: `msg_${n}`, partID: `prt_${n}`, field: "text", delta: big };
      hear("message.part.delta", delta);
    }
    const lengths = Array.from({ length: 40 }, (_, n) => {
      const watcher = new Watcher();
      watcher.read(texts.reader(`ses_${n}`));
      return watcher.texts.get(`prt_${n}`)?.length ?? 0;
    });
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(LIMITS.liveAgentChars);
    expect(lengths.at(-1)).toBe(LIMITS.livePartChars);

    const reader = texts.reader("ses_0");
    const watcher = new Watcher();
    hear("message.part.delta", {
      sessionID: "ses_0",
      messageID: "msg_0",
      partID: "prt_0",
      field: "text",
      delta: "tail",
    });
    watcher.read(reader);
    expect(watcher.pieces.at(-1)).toMatchObject({ text: "tail", cut: true });
    hear("message.part.updated", part(0, "all of it", 2));
    watcher.read(reader);
    expect(watcher.pieces.at(-1)).toMatchObject({ offset: 0, text: "all of it", cut: false, end: true });
  });
});

describe("the live lane", () => {
  const log = createLogger({ name: "test", destination: { write: () => undefined } });

  function lane(inProgress: () => Promise<InProgress | undefined> = async () => undefined) {
    const sent: { type: string; id: string; partId: string; text: string; kind: string; flush: number }[] = [];
    let flush = 0;
    const wire = {
      unsent: 0,
      /** how often the lane asked whether it may send */
      looks: 0,
      send(text: string) {
        sent.push({ ...JSON.parse(text), flush });
        setImmediate(() => (flush = sent.length));
      },
      unsentBytes() {
        wire.looks += 1;
        return wire.unsent;
      },
    };
    const live = new LiveLane(log, inProgress);
    live.connected(wire);
    const say = (type: string, properties: object): void => live.hear(sourceFact({ type, properties }));
    const begin = (session: string): void => {
      say("message.updated", {
        sessionID: session,
        info: { id: `msg_${session}`, role: "assistant", time: { created: 1 } },
      });
      say("message.part.updated", {
        sessionID: session,
        part: { id: `prt_${session}`, messageID: `msg_${session}`, type: "text", text: "", time: { start: 1 } },
      });
    };
    const write = (session: string, delta: string): void =>
      say("message.part.delta", {
        sessionID: session,
        messageID: `msg_${session}`,
        partID: `prt_${session}`,
        field: "text",
        delta,
      });
    return { live, wire, sent, begin, write };
  }

  const text = (sent: readonly { readonly text: string }[]): string => sent.map((frame) => frame.text).join("");

  it("sends nothing of a session that nobody watches, and what was written so far to who begins", async () => {
    const { live, sent, begin, write } = lane();
    const of = (watch: string): string => text(sent.filter(({ id }) => id === watch));
    for (const session of ["ses_1", "ses_2"]) begin(session);
    live.watch("w2", "ses_2");
    write("ses_1", "so far");
    // what is written later in a session that is watched leaves after it
    write("ses_2", "one ");
    await expect.poll(() => of("w2")).toBe("one ");
    expect(sent.every(({ id }) => id === "w2")).toBe(true);
    live.watch("w1", "ses_1");
    expect(of("w1")).toBe("so far");
    live.unwatch("w1");
    write("ses_1", " and more");
    write("ses_2", "two");
    await expect.poll(() => of("w2")).toBe("one two");
    expect(of("w1")).toBe("so far");
    live[Symbol.dispose]();
  });

  it("puts together what is written in a moment", async () => {
    const { live, sent, begin, write } = lane();
    begin("ses_1");
    live.watch("w1", "ses_1");
    const before = sent.length;
    for (let n = 0; n < 100; n += 1) write("ses_1", `${n} `);
    await expect.poll(() => text(sent).endsWith("99 ")).toBe(true);
    expect(sent.length - before).toBe(1);
    live[Symbol.dispose]();
  });

  it("holds back while the connection is slow, and goes on with all of it in few frames", async () => {
    const { live, wire, sent, begin, write } = lane();
    begin("ses_1");
    live.watch("w1", "ses_1");
    const before = sent.length;
    wire.unsent = LIMITS.liveBacklogBytes + 1;
    for (let n = 0; n < 3; n += 1) {
      const looks = wire.looks;
      write("ses_1", `${n} `);
      await expect.poll(() => wire.looks).toBeGreaterThan(looks);
    }
    expect(sent.length).toBe(before);
    wire.unsent = 0;
    await expect.poll(() => text(sent)).toBe("0 1 2 ");
    expect(sent.length - before).toBe(1);
    live[Symbol.dispose]();
  });

  it("lets a session with much to say hold up no other, and gives way to what else the connection carries", async () => {
    const { live, sent, begin, write } = lane();
    for (const session of ["ses_1", "ses_2"]) {
      begin(session);
      live.watch(session, session);
    }
    const before = sent.length;
    write("ses_1", "x".repeat(LIMITS.livePartChars));
    write("ses_2", "quick");
    await expect.poll(() => sent.length).toBeGreaterThan(before);
    const atOnce = sent.slice(before).filter((piece, _, all) => piece.flush === all[0]?.flush);
    expect(atOnce.map(({ id }) => id)).toContain("ses_2");
    expect(text(atOnce).length).toBeLessThanOrEqual(16 * LIMITS.livePieceChars);
    await expect.poll(() => text(sent.filter(({ id }) => id === "ses_1")).length).toBe(LIMITS.livePartChars);
    live[Symbol.dispose]();
  });

  it("forgets its watches with the connection, and takes no more than it may", () => {
    const { live, wire, sent, begin, write } = lane();
    begin("ses_1");
    live.watch("w1", "ses_1");
    live.disconnected();
    const before = sent.length;
    write("ses_1", "more");
    live.connected(wire);
    expect(sent.length).toBe(before);
    for (let n = 0; n < LIMITS.liveWatches + 1; n += 1) live.watch(`w${n}`, "ses_1");
    expect(new Set(sent.slice(before).map(({ id }) => id)).size).toBe(LIMITS.liveWatches);
    live[Symbol.dispose]();
  });

  it("asks opencode for the message of which it has heard nothing", async () => {
    const { live, sent } = lane(async () => ({
      message: anAnswer("msg_1"),
      parts: [
        aText("prt_1", "msg_1", "was said"),
        aTool("prt_2", "msg_1", "running", "ls"),
        aText("prt_3", "msg_1", "", false),
      ],
    }));
    live.watch("w1", "ses_1");
    await expect
      .poll(() => sent.map(({ kind, partId }) => `${kind} ${partId}`))
      .toEqual(["message msg_1", "text prt_1", "tool prt_2"]);
    live[Symbol.dispose]();
  });
});
