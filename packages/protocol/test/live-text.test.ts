import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  LIMITS,
  livePieceOf,
  type LivePiece,
  type LiveReader,
  LiveText,
  watchItemOf,
  type WatchItem,
} from "../src/index.ts";

const MESSAGE = "msg_1";

function piece(changes: Partial<LivePiece> = {}): LivePiece {
  return {
    kind: "text",
    messageId: MESSAGE,
    partId: "prt_1",
    offset: 0,
    text: "",
    end: false,
    cut: false,
    ...changes,
  };
}

/** Everything that a reader lacks now. */
function all(reader: LiveReader): LivePiece[] {
  const pieces: LivePiece[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) pieces.push(next);
  return pieces;
}

function shown(text: LiveText): string | undefined {
  return text.get("prt_1")?.text;
}

describe("a live text", () => {
  it("begins for a new reader with all that is there, and goes on with what comes", () => {
    const text = new LiveText();
    text.write(piece({ text: "one " }));
    text.write(piece({ offset: 4, text: "two " }));
    const reader = text.reader();
    expect(all(reader)).toEqual([piece({ text: "one two " })]);
    text.write(piece({ offset: 8, text: "three " }));
    text.write(piece({ offset: 14, text: "four" }));
    expect(all(reader)).toEqual([piece({ offset: 8, text: "three four" })]);
    expect(all(reader)).toEqual([]);
  });

  it("shows a slow reader the newest, in as few pieces as a quick one would need for the whole", () => {
    const text = new LiveText();
    const slow = text.reader();
    for (let at = 0; at < 3 * LIMITS.livePieceChars; at += 4) text.write(piece({ offset: at, text: "tick" }));
    const pieces = all(slow);
    expect(pieces.map((one) => one.text.length)).toEqual([0, 1, 2].map(() => LIMITS.livePieceChars));
    expect(pieces.map(({ offset }) => offset)).toEqual([0, 1, 2].map((n) => n * LIMITS.livePieceChars));
  });

  it("replaces what a new snapshot contradicts, and keeps what it repeats", () => {
    const text = new LiveText();
    const reader = text.reader();
    text.write(piece({ text: "the beginning and more" }));
    all(reader);
    text.write(piece({ text: "the beg" }));
    text.write(piece({ offset: 7, text: "inning" }));
    expect(all(reader)).toEqual([]);
    text.write(piece({ text: "another" }));
    expect(all(reader)).toEqual([piece({ text: "another" })]);
  });

  it("ends with the text of the end, also where that is shorter", () => {
    const text = new LiveText();
    const reader = text.reader();
    text.write(piece({ text: "done  \n" }));
    all(reader);
    text.write(piece({ text: "done", end: true }));
    expect(all(reader)).toEqual([piece({ text: "done", end: true })]);
  });

  it("says that a text is cut whose beginning nobody knows, until its end brings it whole", () => {
    const text = new LiveText();
    const reader = text.reader();
    text.write(piece({ offset: 100, text: "the middle" }));
    text.write(piece({ offset: 110, text: " goes on" }));
    expect(all(reader)).toEqual([piece({ offset: 100, text: "the middle goes on", cut: true })]);
    text.write(piece({ text: "all of it", end: true }));
    expect(all(reader)).toEqual([piece({ text: "all of it", end: true })]);
  });

  it("tells of a tool once for each change", () => {
    const text = new LiveText();
    const reader = text.reader();
    const tool = (status: string, end = false): LivePiece => piece({ kind: "tool", tool: "bash", status, end });
    for (const status of ["running", "running", "running"]) text.write(tool(status));
    expect(all(reader)).toEqual([tool("running")]);
    text.write(tool("completed", true));
    expect(all(reader)).toEqual([tool("completed", true)]);
  });

  it("forgets a message that is final as soon as everyone has read it, the message itself last", () => {
    const text = new LiveText();
    const message = (end: boolean): LivePiece => piece({ kind: "message", partId: MESSAGE, model: "p/m", end });
    const reader = text.reader();
    text.write(message(false));
    text.write(piece({ text: "half" }));
    text.write(message(true));
    expect(text.isEmpty).toBe(false);
    expect(all(reader)).toEqual([piece({ text: "half", end: true }), message(true)]);
    expect([text.isEmpty, text.sizeChars]).toEqual([true, 0]);

    reader.end();
    text.write(message(false));
    text.write(piece({ text: "nobody reads" }));
    text.write(message(true));
    expect([text.isEmpty, text.sizeChars]).toEqual([true, 0]);
  });

  it("is bounded, whatever comes: a part is cut, and the oldest parts go", () => {
    const text = new LiveText();
    const big = "x".repeat(LIMITS.livePartChars + 10);
    for (let n = 0; n < 10; n += 1) text.write(piece({ partId: `prt_${n}`, text: big }));
    expect(text.sizeChars).toBeLessThanOrEqual(LIMITS.liveSessionChars);
    expect(text.get("prt_9")).toMatchObject({ cut: true, text: big.slice(10) });
    text.write(piece({ partId: "prt_9", offset: LIMITS.livePartChars, text: "more", cut: true }));
    expect(text.get("prt_9")?.text).toHaveLength(LIMITS.livePartChars);
    for (let n = 0; n < 10_000; n += 1) text.write(piece({ kind: "tool", partId: `prt_tool_${n}`, tool: "bash" }));
    expect(text.sizeChars).toBeLessThanOrEqual(LIMITS.liveSessionChars);
  });

  it("is the same to a watcher of the API", () => {
    const pieces = [
      piece({ kind: "message", partId: MESSAGE, model: "p/m" }),
      piece({ kind: "message", partId: MESSAGE, end: true }),
      piece({ kind: "reasoning", offset: 3, text: "hm", cut: true }),
      piece({ kind: "tool", tool: "bash", title: "ls", status: "running" }),
    ];
    expect(pieces.map((one) => livePieceOf(watchItemOf(one)))).toEqual(pieces);
    expect(livePieceOf({ kind: "lane", open: false, reason: "away" } satisfies WatchItem)).toBeUndefined();
  });
});

describe("whatever is cut, put together, held up or begun anew", () => {
  const units = fc.array(fc.constantFrom("a", "b", " ", "\u{1F600}", "é", "\n"), { maxLength: 60 });
  /** what happens between the deltas: somebody reads, or a link breaks and its other end begins anew */
  const happening = fc.constantFrom(
    "agent reads",
    "supervisor reads",
    "new link",
    "new watcher link",
    "agent restarts",
    "snapshot again",
  );

  it("the watcher has the text of the part at its end, and shows no half characters before", () => {
    fc.assert(
      fc.property(
        units.map((list) => list.join("")),
        fc.array(fc.tuple(fc.nat(6), fc.array(happening, { maxLength: 4 })), { maxLength: 40 }),
        fc.constantFrom("", " ", "\n\n"),
        (final, steps, trimmed) => {
          let agent = new LiveText();
          let supervisor = new LiveText();
          const watcher = new LiveText();
          let fromAgent = agent.reader();
          let fromSupervisor = supervisor.reader();
          const streamed = final + trimmed;
          let at = 0;
          let isCut = false;

          const pass = (reader: LiveReader, to: LiveText, most: number): void => {
            for (let count = 0; count < most; count += 1) {
              const next = reader.next();
              if (next === undefined) return;
              expect(next.text.isWellFormed()).toBe(true);
              // as it travels
              to.write(JSON.parse(JSON.stringify(next)) as LivePiece);
            }
          };
          const write = (text: string): void => {
            const known = agent.get("prt_1");
            const offset = known === undefined ? 0 : known.offset + known.text.length;
            agent.write(piece({ offset, text, cut: known?.cut ?? isCut }));
          };

          agent.write(piece());
          for (const [length, happenings] of steps) {
            write(streamed.slice(at, at + length));
            at += Math.min(length, streamed.length - at);
            for (const what of happenings) {
              if (what === "agent reads") pass(fromAgent, supervisor, 2);
              if (what === "supervisor reads") pass(fromSupervisor, watcher, 2);
              if (what === "new link") fromAgent = agent.reader();
              if (what === "new watcher link") {
                supervisor = new LiveText();
                fromSupervisor = supervisor.reader();
                fromAgent = agent.reader();
              }
              if (what === "agent restarts") {
                agent = new LiveText();
                fromAgent = agent.reader();
                isCut = true;
                // nobody hears the second half of a character only
                if (/^[\uDC00-\uDFFF]/.test(streamed.slice(at))) at += 1;
              }
              if (what === "snapshot again") agent.write(piece({ ...agent.get("prt_1"), text: "" }));
            }
          }
          agent.write(piece({ text: final, end: true }));
          pass(fromAgent, supervisor, Number.POSITIVE_INFINITY);
          pass(fromSupervisor, watcher, Number.POSITIVE_INFINITY);
          expect(shown(watcher)).toBe(final);
          expect(watcher.get("prt_1")).toMatchObject({ end: true, cut: false });
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
