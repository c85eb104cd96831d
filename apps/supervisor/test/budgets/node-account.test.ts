import { describe, expect, it } from "vitest";
import { type Heard, NodeAccount } from "../../src/capabilities/budgets/domain/node-account.ts";

const KEY = "fleet.day node";

function heard(counter: number, version?: number, life = "a"): Heard {
  return { life, counters: new Map([["node", counter]]), version, atWork: [], isBeginning: false };
}

function brief(version: number, ceiling: number, life = "a") {
  return { version, life, ceilings: new Map([[KEY, ceiling]] as const) };
}

function connected(): NodeAccount {
  const account = new NodeAccount();
  account.connect(1);
  account.hear(heard(0));
  return account;
}

describe("what a node may spend", () => {
  it("is the greatest of the ceilings that may count there, until it says which does", () => {
    const account = connected();
    account.send(brief(1, 100));
    account.hear(heard(0, 1));
    account.send(brief(2, 10));
    expect(account.owed(KEY, 0, 0)).toBe(100);
    account.hear(heard(0, 2));
    expect(account.owed(KEY, 0, 0)).toBe(10);
  });

  it("is no more what a cut link has lost, once it is back", () => {
    const account = connected();
    account.send(brief(1, 10));
    account.hear(heard(0, 1));
    account.send(brief(2, 100));
    account.disconnect();
    account.connect(2);
    expect(account.owed(KEY, 0, 0)).toBe(100);
    account.hear(heard(0, 1));
    expect(account.owed(KEY, 0, 0)).toBe(10);
  });

  it("is not known where it says a version that was never sent, and is again when it has one that was sent after that", () => {
    const account = connected();
    account.send(brief(1, 10));
    account.hear(heard(0, 1));
    account.connect(2);
    account.hear(heard(0, 7));
    expect([account.owed(KEY, 0, 0), account.needsCertainty, account.nextVersion]).toEqual([Infinity, true, 8]);
    account.send(brief(8, 0));
    expect(account.owed(KEY, 0, 0)).toBe(Infinity);
    account.hear(heard(0, 8));
    expect(account.owed(KEY, 0, 0)).toBe(0);
  });

  it("is not known where it has none of what it was told", () => {
    const account = connected();
    account.send(brief(1, 10));
    account.hear(heard(0, 1));
    account.connect(2);
    account.hear(heard(0));
    expect(account.isDoubted).toBe(true);
  });

  it("is not known where a counter falls within its life", () => {
    const account = connected();
    account.hear(heard(50));
    account.hear(heard(49));
    expect(account.isDoubted).toBe(true);
  });

  it("is as unknown as before after a restart", () => {
    const account = connected();
    account.hear(heard(50));
    account.hear(heard(49));
    const saved = JSON.parse(JSON.stringify(account.saved)) as typeof account.saved;
    expect(NodeAccount.restore(saved, true).isDoubted).toBe(true);
    expect(NodeAccount.restore(connected().saved, true).isDoubted).toBe(false);
    expect(NodeAccount.restore(connected().saved, false).isDoubted).toBe(true);
  });

  it("stays owed of an earlier life of its counters, beside its ceilings, until all of that life is told", () => {
    const account = connected();
    account.send(brief(1, 100));
    account.hear(heard(30, 1));
    account.hear(heard(0, undefined, "b"));
    expect(account.owed(KEY, 30, 0)).toBe(70);
    account.send(brief(2, 5, "b"));
    account.hear(heard(0, 2, "b"));
    expect(account.owed(KEY, 30, 0)).toBe(75);
    account.settle();
    expect(account.owed(KEY, 30, 0)).toBe(5);
  });
});

describe("a counter and the ledger", () => {
  it("are compared where both are of one place; what the ledger has beyond the last word of the node is counted once", () => {
    const account = connected();
    account.hear(heard(40));
    account.match(KEY, 10, { from: 5, isExact: true });
    account.send(brief(1, 100));
    expect(account.owed(KEY, 10, 5)).toBe(60);
    expect(account.owed(KEY, 25, 5)).toBe(45);
  });

  it("are compared anew in each span and in each life", () => {
    const account = connected();
    account.hear(heard(40));
    account.match(KEY, 10, { from: 5, isExact: true });
    account.send(brief(1, 100));
    expect(account.owed(KEY, 25, 6)).toBe(60);
    account.hear(heard(40, undefined, "b"));
    expect(account.isMatched(KEY, 5)).toBe(false);
  });

  it("are not brought apart by a comparison that comes late", () => {
    const account = connected();
    account.hear(heard(40));
    account.match(KEY, 10, { from: 5, isExact: true });
    account.match(KEY, 25, { from: 5, isExact: false });
    expect(account.counted(KEY, 25, 5)).toBe(55);
    account.match(KEY, 25, { from: 5, isExact: true });
    expect(account.counted(KEY, 25, 5)).toBe(40);
  });
});
