import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { CostReport, SessionView } from "@hal/protocol";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

interface Answer<T> {
  readonly data: T;
  readonly meta: { readonly total: number; readonly next?: string };
  readonly error?: string;
  readonly code?: string;
}

describe("the HTTP API, with nothing but HTTP", () => {
  let stage: Stage;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const ask = async <T>(path: string, body?: object): Promise<{ status: number; answer: Answer<T> }> => {
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${stage.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, answer: (await response.json()) as Answer<T> };
  };

  test("whoever opens the port finds the API, and a tool finds its description", async () => {
    const index = await (await fetch(`http://127.0.0.1:${stage.ports.http}/`)).text();
    const docs = /href="(\/docs)"/.exec(index)?.[1] ?? "";
    const page = await fetch(`http://127.0.0.1:${stage.ports.http}${docs}`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).toContain('id="sessions.start"');
    const document = (await (await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1/openapi.json`)).json()) as {
      readonly openapi: string;
      readonly paths: Readonly<Record<string, unknown>>;
    };
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(document.paths)).toContain("/api/v1/sessions/{ref}/prompt");
  });

  test("nothing was spent yet, and halctl says that no provider is configured", async () => {
    const today = await stage.halctl.run("cost", "today");
    expect(today.code).toBe(0);
    expect(today.stdout).toMatch(/^total +0 +\$0$/m);
    expect(today.stdout).toContain("no cost provider is configured");
    const json = await stage.halctl.json<CostReport>("cost", "week");
    expect(json).toMatchObject({ period: "week", total_cost_usd: 0, providers: [], total_cost: 0, tokens_used: 0 });
  });

  test("a script of v1 starts sessions, pages through them and sees what they used", async () => {
    const hal = stage.agent("hal");
    hal.start();
    await stage.nodeUp(hal);
    const started: string[] = [];
    for (const say of ["one", "two", "three"]) {
      const { status, answer } = await ask<{ status: string; output: string }>("/api/v1/commands", {
        type: "create_session",
        target: "hal",
        args: { prompt: `[[say: ${say}]]` },
        idempotency_key: `start-${say}`,
      });
      expect([status, answer.data.status]).toEqual([200, "success"]);
      const sessionId = answer.data.output;
      await stage.sessionIn(sessionId, "idle");
      started.push(sessionId);
    }
    const again = await ask<{ output: string }>("/api/v1/commands", {
      type: "create_session",
      target: "hal",
      args: { prompt: "[[say: one]]" },
      idempotency_key: "start-one",
    });
    expect(again.answer.data.output).toContain(started[0]);

    const seen: string[] = [];
    let next: string | undefined;
    do {
      const cursor = next === undefined ? "" : `&cursor=${encodeURIComponent(next)}`;
      const { answer } = await ask<SessionView[]>(`/api/v1/sessions?project=hal&limit=1${cursor}`);
      seen.push(...answer.data.map(({ id }) => id));
      ({ next } = answer.meta);
    } while (next !== undefined);
    expect(seen.toSorted()).toEqual(started.toSorted());

    const cost = await eventually(async () => {
      const { answer } = await ask<CostReport>("/api/v1/cost?period=today");
      expect(answer.data.session_count).toBe(3);
      return answer.data;
    });
    expect(cost.total_tokens).toBeGreaterThan(0);
    expect(cost.by_project).toMatchObject([{ project: "hal", tokens: cost.total_tokens }]);
    expect((await stage.halctl.run("cost")).stdout).toMatch(/^hal +[\d,]+ +\$/m);
  });

  test("what fails is told as a failure: an unknown project, a wrong path, a node that is away", async () => {
    expect(await ask("/api/v1/commands", { type: "create_session", target: "nowhere" })).toMatchObject({
      status: 404,
      answer: { code: "NOT_FOUND" },
    });
    expect(await ask("/api/v1/nothing")).toMatchObject({ status: 404, answer: { code: "NOT_FOUND" } });
    expect(await ask("/api/v1/nodes", {})).toMatchObject({ status: 405, answer: { code: "METHOD_NOT_ALLOWED" } });
  });

  test("an agent may come by the HTTP port, and a command for it expires when it is gone", async () => {
    const other = stage.agent("other", { supervisorUrl: `ws://127.0.0.1:${stage.ports.http}/ws/agent` });
    other.start();
    await stage.nodeUp(other);
    await other.stop();
    const expired = await ask("/api/v1/commands", { type: "create_session", target: "other", timeout: 1 });
    expect(expired).toMatchObject({ status: 504, answer: { code: "EXPIRED", details: { status: "timeout" } } });
  });
});
