import type { ReviewView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { reviewPage } from "../../src/capabilities/inbox/review-page.ts";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { node, NOW, session } from "../support/views.ts";

const look = { now: NOW, wide: false, columns: undefined };
const unpainted = (text: string): string => text.replaceAll(/[\u{10ff00}-\u{10ffff}]/gu, "");
const before = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

function view(changes: Partial<ReviewView> = {}): ReviewView {
  return {
    since: before(540),
    until: before(0),
    last_look: before(540),
    sessions: [],
    more_sessions: 0,
    waiting: [],
    counts: { blocked: 0, failed: 0, stuck: 0, finished: 0 },
    cost: { total: 0, tokens: 0, by_project: [] },
    interactions: { asked: 0, answered: 0, by_rule: 0, expired: 0 },
    policies: [],
    decisions: [],
    notes: [],
    ...changes,
  };
}

const reviewed: ReviewView["sessions"][number] = {
  session_id: session().id,
  project: "engine",
  node: "ada",
  node_id: node().id,
  title: "Mend the engine",
  status: "idle",
  reason: "idle for 60 s: finished its turn",
  tier: "finished",
  continued_by: null,
  cost: 0.12,
  tokens: 4_000,
  answers: 3,
  files: ["a.ts", "src/b.ts"],
  more_files: 1,
};

let server: ContractServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

describe("the page of a review", () => {
  it("has sessions with their files and cost, what waits, policies, questions and the cost of all", () => {
    const page = unpainted(
      reviewPage(
        view({
          sessions: [reviewed],
          more_sessions: 2,
          cost: {
            total: 3.2,
            tokens: 9,
            by_project: [
              { project: "engine", cost: 3, tokens: 5 },
              { project: "web", cost: 0.2, tokens: 4 },
            ],
          },
          interactions: { asked: 4, answered: 2, by_rule: 1, expired: 1 },
          policies: [{ policy: "resume_on_idle", outcome: "gave_up", count: 1 }],
          notes: ["the log is short"],
        }),
        look,
      ),
    );
    for (const text of [
      /^what happened since 9 h ago \(you looked 9 h ago\)\n/,
      /FINISHED {2}ses_df50cb48 {2}engine on ada "Mend the engine", \$0\.12\n {2}idle for 60 s: finished its turn\n {2}wrote 3 files: a\.ts, src\/b\.ts, and 1 more\n/,
      /and 2 more: halctl inbox review --limit 3\n/,
      /nothing waits for you\n/,
      /POLICIES\n {2}resume_on_idle gave up: 1\n/,
      /questions: 4 asked, 2 answered, 1 answered by a standing rule, 1 expired\n/,
      /cost: \$3\.20 \(engine \$3\.00, web \$0\.20\)\n/,
      /note: the log is short\n$/,
    ])
      expect(page).toMatch(text);
  });

  it("says of each part that there is nothing", () => {
    const page = unpainted(reviewPage(view({ last_look: null }), look));
    expect(page).toBe(
      "what happened since 9 h ago (you have not looked before)\n\nno session did anything\n\nnothing waits for you\n\npolicies did nothing\n\ncost: $0\n",
    );
  });
});

describe("halctl inbox review", () => {
  async function run(...args: readonly string[]) {
    const looked: unknown[] = [];
    server = await startContractServer({
      "inbox.review": () => view(),
      "inbox.look": (input) => {
        looked.push(input);
        return { last_look: before(0) };
      },
    });
    return { ...(await halctl(server.url, ["inbox", "review", ...args])), looked };
  }

  it("says that one has looked, up to where the review ends", async () => {
    const { code, looked, out } = await run();
    expect([code, looked]).toEqual([0, [{ until: before(0) }]]);
    expect(out).toContain("what happened since 9 h ago");
  });

  it.each([["--keep"], ["--project", "engine"], ["--since", "1h"]])(
    "does not say so with %s: all of it has not been seen",
    async (...args) => {
      expect(await run(...args)).toMatchObject({ code: 0, looked: [] });
    },
  );
});
