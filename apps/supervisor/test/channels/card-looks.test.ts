import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  appendOwnEvents,
  cardById,
  openCard,
  openSupervisorStore,
  recordCard,
  type SupervisorStore,
} from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CardLooks } from "../../src/capabilities/channels/card-looks.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
const TARGET = "slack#alerts";
const READ_MS = 5_000;

let folder: string;
let store: SupervisorStore;
let looks: CardLooks;
let ticks: number;
let told = 0;
/** to what something happened, and from where to where that was asked */
let touched: Set<string>;
let asked: (readonly [number, number])[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal looks "));
  store = openSupervisorStore({ file: join(folder, "s.db"), migrations });
  [ticks, touched, asked] = [0, new Set(), []];
  looks = new CardLooks({ store, clock: { now: () => 1_000_000, monotonic: () => ticks } });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function open(name: string, eventId?: number): Promise<string> {
  const row = { id: name, target: TARGET, subject: `session/n/${name.split(".")[0]}`, postedId: null, shown: null };
  await openCard(
    store,
    { ...row, openedAt: 1, closedAt: null, overUpTo: null, isDue: false, toldStatus: null },
    eventId,
  );
  return name;
}

/** A card that shows a rest. */
async function rests(name: string): Promise<void> {
  await recordCard(store, await open(name), { postedId: `p-${name}`, overUpTo: 1 });
}

async function tell(count: number): Promise<void> {
  const own = Array.from({ length: count }, () => {
    told += 1;
    return { event: { type: "node.online", at: 1, sourceKey: `n${told}`, data: { hostname: "box" } } as const };
  });
  await appendOwnEvents(store, own, 1);
}

async function happens(name: string): Promise<void> {
  touched.add(`session/n/${name}`);
  await tell(1);
}

/** Looks at all that is to be looked at, after so much time; answers with what that was. Those named are at work. */
async function look({
  atWork = [],
  afterMs = READ_MS,
}: { readonly atWork?: readonly string[]; readonly afterMs?: number } = {}) {
  ticks += afterMs;
  const composer = {
    touched: async (subjects: ReadonlySet<string>, after: number, upTo: number) => {
      asked.push([after, upTo]);
      return new Set([...touched].filter((subject) => subjects.has(subject)));
    },
  };
  const next = await looks.next(TARGET, composer);
  for (const card of next) {
    looks.begin(card);
    if (card.isDue) await recordCard(store, card.id, { isDue: false });
    looks.done(card, !atWork.includes(card.id));
  }
  return next.map(({ id }) => id);
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${10 + index}`);
const isOpen = (id: string): boolean => cardById(store, id)?.closedAt === null;

describe("cards of what rests", () => {
  it("are looked at once, and then where something happened, until they show it", async () => {
    for (const name of ["a", "b"]) await rests(name);
    expect(await look()).toEqual(["a", "b"]);
    expect(await look()).toEqual([]);
    await happens("b");
    expect(await look({ atWork: ["b"] })).toEqual(["b"]);
    // what is at work by then changes by time alone, too
    expect([await look({ atWork: ["b"] }), await look({ afterMs: 1_000 })]).toEqual([["b"], []]);
    expect([await look(), await look()]).toEqual([["b"], []]);
  });

  it("are left as they are where there are too many, those first to which nothing happened for the longest time", async () => {
    const all = names(53);
    for (const name of all) await rests(name);
    for (let pass = 0; pass < 6; pass += 1) await look({ atWork: ["s10"] });
    await happens("s11");
    await look({ atWork: ["s10"] });
    touched.clear();
    await look({ atWork: ["s10"] });
    expect(all.filter((name) => !isOpen(name))).toEqual(["s12", "s13"]);
    // somebody pressed a button of one that was left
    await recordCard(store, "s12", { closedAt: null });
    looks.soon("s12");
    expect(await look()).toContain("s12");
    expect(isOpen("s12")).toBe(true);
  });

  it("are all looked at where too much happened to ask of what it was", async () => {
    await rests("a");
    await look();
    await tell(10_001);
    expect(await look()).toEqual(["a"]);
    expect(asked).toEqual([]);
  });
});

describe("an older card", () => {
  it("is looked at once, when the newer one is there", async () => {
    await rests("a.1");
    await look();
    await open("a.2", 2);
    expect(await look()).toEqual([]);
    await recordCard(store, "a.2", { postedId: "p-2", overUpTo: 2 });
    expect(await look()).toEqual(["a.1", "a.2"]);
    expect(await look()).toEqual([]);
  });
});

describe("what is not at rest", () => {
  it("is looked at in turns, however much there is", async () => {
    const all = names(23);
    for (const name of all) await recordCard(store, await open(name), { postedId: `p-${name}` });
    const seen: string[] = [];
    for (let pass = 0; pass < 3; pass += 1) seen.push(...(await look({ atWork: all })));
    expect(new Set(seen)).toEqual(new Set(all));
  });
});
