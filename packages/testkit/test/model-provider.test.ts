import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModelProvider, startModelProvider } from "../src/index.ts";

interface Message {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: unknown;
}

interface Piece {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string;
      readonly tool_calls?: readonly { readonly function: { readonly name: string } }[];
    };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

describe("the scripted model", () => {
  let provider: ModelProvider;
  beforeAll(async () => {
    provider = await startModelProvider();
  });
  afterAll(() => provider[Symbol.asyncDispose]());

  const post = (body: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(`${provider.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  const user = (content: unknown): Message => ({ role: "user", content });

  /** The streamed answer to a conversation. */
  const ask = async (...messages: Message[]) => {
    const response = await post({ stream: true, messages });
    expect(response.status).toBe(200);
    const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
    expect(lines.at(-1)).toBe("data: [DONE]");
    const pieces = lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)) as Piece);
    return {
      text: pieces.map(({ choices }) => choices[0]?.delta.content ?? "").join(""),
      tools: pieces.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []).map((call) => call.function.name),
      finish: pieces.findLast(({ choices }) => choices[0]?.finish_reason != null)?.choices[0]?.finish_reason,
      usage: pieces.at(-1)?.usage,
    };
  };

  test("says what the script says, and stops", async () => {
    const answer = await ask(user("[[say: good morning]]"));
    expect(answer).toMatchObject({ text: "good morning", finish: "stop" });
  });

  test("answers a prompt without a script, always the same", async () => {
    const [first, second] = [await ask(user("what is it?")), await ask(user("what is it?"))];
    expect(first.text).toContain("what is it?");
    expect(second.text).toBe(first.text);
    expect(first.usage?.completion_tokens).toBe(Math.ceil(first.text.length / 4));
  });

  test("goes on in the script after each answer of its own", async () => {
    const prompt = user([{ type: "text", text: '[[tool: bash {"command": "ls"}]] [[say: seen]]' }]);
    const first = await ask(prompt);
    expect(first).toMatchObject({ tools: ["bash"], finish: "tool_calls" });
    const after: Message[] = [
      { role: "assistant", content: "" },
      { role: "tool", content: "a b c" },
    ];
    expect(await ask(prompt, ...after)).toMatchObject({ text: "seen", tools: [] });
    expect((await ask(prompt, ...after, { role: "assistant", content: "seen" })).text).toBe("Done.");
  });

  test("a new prompt has a script of its own", async () => {
    expect((await ask(user("[[say: one]]"), { role: "assistant", content: "one" }, user("[[say: two]]"))).text).toBe(
      "two",
    );
  });

  test("makes a title without following the script", async () => {
    const system: Message = { role: "system", content: "You are a title generator." };
    expect((await ask(system, user("Count the sheep [[error: 401]]"))).text).toBe("Count the sheep");
    expect((await ask(system, user("[[error: 401]]"))).text).not.toBe("");
  });

  test("reports the usage of the script, with the numbers as OpenAI writes them", async () => {
    const { usage } = await ask(user("[[usage: in=10000 out=1000 cached=4000 reasoning=200]] [[say: x]]"));
    expect(usage).toEqual({
      prompt_tokens: 10_000,
      completion_tokens: 1_000,
      total_tokens: 11_000,
      prompt_tokens_details: { cached_tokens: 4_000 },
      completion_tokens_details: { reasoning_tokens: 200 },
    });
  });

  test.each([400, 401, 500])("fails with %i", async (status) => {
    const response = await post({ messages: [user(`[[error: ${status}]]`)] });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message: `scripted error ${status}` } });
  });

  test("says that the context is too long", async () => {
    const response = await post({ messages: [user("[[overflow]]")] });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "context_length_exceeded" } });
  });

  test("limits the rate once, and answers then", async () => {
    const limited = await post({ stream: true, messages: [user("[[429: 7]] [[say: now]]")] });
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    expect((await ask(user("[[429: 7]] [[say: now]]"))).text).toBe("now");
  });

  test("breaks the connection in the middle of the answer", async () => {
    const response = await post({ stream: true, messages: [user("[[drop]]")] });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow(/terminated/);
  });

  test("hangs until the other side gives up", async () => {
    const limit = AbortSignal.timeout(300);
    const response = await post({ stream: true, messages: [user("[[hang]]")] }, limit);
    await expect(response.text()).rejects.toThrow(/timeout|aborted/i);
  });

  test("is slow, tick by tick", async () => {
    const waits: number[] = [];
    await using slow = await startModelProvider({ wait: async (ms) => void waits.push(ms) });
    const response = await fetch(`${slow.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ stream: true, messages: [user("[[slow: 3]]")] }),
    });
    const text = await response.text();
    expect([...text.matchAll(/"content":"(tick\d )"/g)].map(([, tick]) => tick)).toEqual([
      "tick0 ",
      "tick1 ",
      "tick2 ",
    ]);
    expect(waits).toEqual([100, 100, 100]);
  });

  test("answers whole where nobody asks for a stream", async () => {
    const response = await post({ messages: [user("[[say: whole]]")] });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: "whole" }, finish_reason: "stop" }],
    });
  });

  test("what is no request is refused", async () => {
    expect((await post("not json")).status).toBe(400);
    expect((await post("[]")).status).toBe(400);
  });

  test("remembers the prompts that came", async () => {
    await ask(user("remember me"));
    expect(provider.prompts.at(-1)).toBe("remember me");
  });

  test("opencode's configuration points at it and keeps to loopback", () => {
    const text = JSON.stringify(provider.opencodeConfig());
    expect(text).toContain(`${provider.url}/v1`);
    expect(text.match(/https?:\/\/[^"/]+/g)).toEqual([provider.url]);
  });
});
