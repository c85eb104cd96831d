import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { undoneOf } from "../../src/capabilities/sessions/domain/undone.ts";

const MESSAGES = [1, 2, 3, 4].map((n) => ({ id: `msg_${n}`, createdAt: n, removed: null }));

function marks(undo: Parameters<typeof undoneOf>[1], messages: readonly Parameters<typeof undoneOf>[0][] = MESSAGES) {
  return messages.map((message) => undoneOf(message, undo)).map((undone) => undone?.extent ?? "counts");
}

describe("what does not count any more of a conversation", () => {
  it("is nothing where nobody undid anything", () => {
    expect(marks(undefined)).toEqual(["counts", "counts", "counts", "counts"]);
  });

  it("is a message and all that follow it", () => {
    const undo = { messageId: "msg_3", madeAt: 3, isInPart: false };
    expect(marks(undo)).toEqual(["counts", "counts", "whole", "whole"]);
    expect(undoneOf(MESSAGES[3] as never, undo)).toEqual({ extent: "whole", removed: false });
  });

  it("is the end of a message where only that was undone, and all that follow it", () => {
    expect(marks({ messageId: "msg_2", madeAt: 2, isInPart: true })).toEqual(["counts", "part", "whole", "whole"]);
  });

  it("goes by the time of a message, and not by its id: who posts a prompt chooses that", () => {
    const messages = [
      { id: "msg_9", createdAt: 1, removed: null },
      { id: "msg_1", createdAt: 2, removed: null },
    ];
    expect(marks({ messageId: "msg_1", madeAt: 2, isInPart: false }, messages)).toEqual(["counts", "whole"]);
  });

  it("stays what was removed, whatever is undone or brought back", () => {
    fc.assert(
      fc.property(fc.nat(5), fc.boolean(), fc.option(fc.nat(5), { nil: undefined }), (from, isInPart, madeAt) => {
        const undo = { messageId: `msg_${from}`, madeAt, isInPart };
        for (const message of MESSAGES)
          for (const one of [undo, undefined]) {
            expect(undoneOf({ ...message, removed: "whole" }, one)).toEqual({ extent: "whole", removed: true });
            expect(undoneOf({ ...message, removed: "part" }, one)).not.toBeNull();
          }
      }),
    );
  });
});
