import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutFrame } from "../../../src/supervisor/writer/cut-frame.ts";

/** What stands between events and before data, so that it stands in data and names, too. */
const CUTS = ['},{"seq":1', '"data":{}', '"events":[', "]}", '"', "}", "seq", "data", "events"];

const text = fc.oneof(fc.constantFrom(...CUTS), fc.string());
/** without escapes: V8 13.6 takes a name that begins with one for `\\` where an object of the same shape had that */
const name = text.filter((word) => JSON.stringify(word) === `"${word}"` && word !== "__proto__");
const value = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    text,
    fc.integer(),
    fc.constant(null),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(name, tie("json"), { maxKeys: 3 }),
  ),
})).json;
const event = fc.record({ seq: fc.nat(), project: text, more: value, data: value }, { requiredKeys: ["seq", "data"] });

describe("cutFrame", () => {
  it("makes of a frame as agents write it what JSON.parse does, and keeps each event's data as it came", () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 4 }), (events) => {
        const frame = { type: "events", epoch: "e", events };
        const cut = cutFrame(JSON.stringify(frame));
        // what looks like a cut and is none leaves the frame to whoever parses it as a whole
        if (cut === undefined) return;
        expect(cut.frame).toEqual(frame);
        expect(cut.texts).toEqual(events.map(({ data }) => JSON.stringify(data)));
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes the frames of agents, whatever is in their events", () => {
    const events = [
      { seq: 1, at: 1, type: "t", session: "ses_1", data: { text: CUTS.join(), more: [{ seq: 1 }, { events: [] }] } },
      { seq: 2, at: 1, type: "t", data: {} },
    ];
    expect(cutFrame(JSON.stringify({ type: "events", epoch: "e", events }))?.frame).toEqual({
      type: "events",
      epoch: "e",
      events,
    });
  });

  it("makes of any text what JSON.parse does, or nothing", () => {
    const pieces = fc.array(fc.constantFrom(...CUTS, "{", "[", ",", ":", '"data":', '{"seq":1,', " ", "1", '"x"'));
    const around = pieces.map((inner) => `{"type":"events","events":[${inner.join("")}}]}`);
    const whole = fc.constantFrom(
      '{"events":[{"seq":1,"data":1},{"seq":2,"data":{}}]}',
      '{"x":{"events":[{"seq":1,"data":{}}]}}',
      '{"events":[],"events":[{"seq":1,"data":{}}]}',
      '{"events":[{"seq":1,"data":{},"at":5}]}',
      '{"events":[{"seq":1,"data":1,"data":{}}]}',
      '{"events":[{"seq":1,"at":{"x":1,"data":2},"at":5,"data":{}}]}',
      '{"events":[{"seq":1,"data":[{"x":1},{"seq":2,"data":{}}]}]}',
      '{"events":[{"seq":1,"data":{}}],"x":[{}]}',
      '{"events":[{"seq":1,"data":{}}]} ',
      '{"events":[ {"seq":1,"data": {"a" : 1}} , {"seq":2,"data":{}}]}',
    );
    fc.assert(
      fc.property(fc.oneof(around, whole, fc.string()), (json) => {
        const cut = cutFrame(json);
        if (cut === undefined) return;
        expect(cut.frame).toEqual(JSON.parse(json));
        const { events } = cut.frame as { readonly events: readonly { readonly data: unknown }[] };
        expect(cut.texts.map((data) => JSON.parse(data))).toEqual(events.map(({ data }) => data));
      }),
      { numRuns: 2_000, examples: [['{"type":"events","events":[{,"data":{}}]}']] },
    );
  });
});
