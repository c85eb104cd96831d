import { describe, expect, it } from "vitest";
import { Acting } from "../../src/capabilities/sessions/acting.ts";

describe("what commands act on", () => {
  it("is known while they are at it, and to whoever asks from a place before they left", () => {
    const acting = new Acting();
    const before = acting.place;
    const leave = acting.begin("ses_1");
    const during = acting.place;
    expect([acting.wasAt("ses_1", during), acting.wasAt("ses_2", before)]).toEqual([true, false]);
    leave();
    expect([acting.wasAt("ses_1", before), acting.wasAt("ses_1", during)]).toEqual([true, true]);
    expect(acting.wasAt("ses_1", acting.place)).toBe(false);
  });

  it("is known of the latest alone, and of others taken for acted on by whoever asks from before they were forgotten", () => {
    const acting = new Acting();
    const before = acting.place;
    for (let id = 0; id < 1_001; id += 1) acting.begin(`ses_${id}`)();
    const after = acting.place;
    expect([acting.wasAt("ses_0", before), acting.wasAt("ses_never", before)]).toEqual([true, true]);
    expect([acting.wasAt("ses_1000", after - 1), acting.wasAt("ses_999", after - 1)]).toEqual([true, false]);
    expect([acting.wasAt("ses_0", after), acting.wasAt("ses_never", before + 1)]).toEqual([false, false]);
  });

  it("is acted on until the last of several commands has left it, each once", () => {
    const acting = new Acting();
    const [first, second] = [acting.begin("ses_1"), acting.begin("ses_1")];
    first();
    first();
    expect(acting.wasAt("ses_1", acting.place)).toBe(true);
    second();
    expect(acting.wasAt("ses_1", acting.place)).toBe(false);
  });
});
