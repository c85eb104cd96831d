import { OPERATIONS } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auditArgs, auditTarget } from "../../src/capabilities/audit/domain/audit-args.ts";
import { RefusalTally } from "../../src/capabilities/audit/domain/refusal-tally.ts";

const prompt = OPERATIONS["sessions.prompt"].audited as NonNullable<(typeof OPERATIONS)["sessions.prompt"]["audited"]>;

// I11
describe("what the audit keeps of an input", () => {
  it("is names and numbers, and of everything else how much it was", () => {
    const input = {
      ref: "my-app",
      text: "deploy it",
      model: "a/b",
      wait_ms: 5,
      env: { KEY: "v" },
      list: [1, 2],
      on: true,
    };
    expect(auditTarget(input, prompt)).toBe("my-app");
    expect(auditArgs(input, prompt)).toEqual({
      text: "(9 characters)",
      model: "a/b",
      wait_ms: 5,
      env: "(1 keys)",
      list: "(2 items)",
      on: true,
    });
    expect(auditTarget(undefined, prompt)).toBeNull();
    expect(auditArgs("nonsense", prompt)).toEqual({});
  });

  it("is never a text that is not named, whatever it is called and however deep it is", () => {
    const secret = "s3cr3t-planted";
    const name = fc.string().filter((text) => !["ref", ...(prompt.plain ?? [])].includes(text));
    fc.assert(
      fc.property(name, fc.jsonValue(), (field, around) => {
        for (const value of [secret, [secret], { deep: [secret, around] }, { [secret]: 1 }])
          expect(JSON.stringify(auditArgs({ [field]: value }, prompt))).not.toContain(secret);
      }),
    );
  });

  it("is no name that is too long to be one", () => {
    const long = "x".repeat(5_000);
    expect(auditArgs({ model: long }, prompt)).toEqual({ model: "(5000 characters)" });
    expect(auditTarget({ ref: long }, prompt)).toHaveLength(200);
  });
});

// I11
describe("refusals that come by the thousand", () => {
  it("are written down at once, then once a minute with their number, and none is left out", () => {
    const arrivals = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 40_000 })), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(arrivals, (all) => {
        const tally = new RefusalTally<string>();
        const written: { at: number; kind: string; count: number }[] = [];
        let now = 0;
        const keep = (found: readonly { latest: string; count: number }[]): void =>
          void written.push(...found.map(({ latest, count }) => ({ at: now, kind: latest, count })));
        for (const [kind, wait] of all) {
          now += wait;
          keep(tally.due(now));
          const found = tally.count(kind, kind, now);
          if (found !== undefined) keep([found]);
        }
        now += 60_000;
        keep(tally.due(now));
        for (const kind of ["a", "b", "c"]) {
          const mine = written.filter((entry) => entry.kind === kind);
          expect(mine.reduce((sum, { count }) => sum + count, 0)).toBe(all.filter(([name]) => name === kind).length);
          mine.slice(1).forEach((entry, index) => {
            expect(entry.at - (mine[index]?.at ?? 0)).toBeGreaterThanOrEqual(60_000);
          });
        }
      }),
    );
  });

  it("are counted together where somebody makes up kinds of them", () => {
    const tally = new RefusalTally<string>();
    let written = 0;
    for (let index = 0; index < 50_000; index += 1)
      if (tally.count(`kind ${index}`, "x", 0) !== undefined) written += 1;
    expect(written).toBeLessThanOrEqual(1_001);
    expect(tally.due(60_000).reduce((sum, { count }) => sum + count, written)).toBe(50_000);
  });
});
