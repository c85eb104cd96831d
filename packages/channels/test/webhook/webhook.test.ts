import { WebhookReceiver } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeliveryError, type Post, WebhookChannel, type WebhookOptions } from "../../src/index.ts";

const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes, yes").toString("base64")}`;
const POST: Post = {
  ref: "n-1",
  place: "",
  message: { title: "web failed", tone: "bad" },
  facts: { type: "session.error", at: Date.UTC(2026, 10, 28), data: { project: "web" } },
};

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await new WebhookReceiver({ secret: SECRET }).listen();
});
afterEach(() => receiver[Symbol.asyncDispose]());

function open(options: Partial<WebhookOptions> = {}): WebhookChannel {
  return new WebhookChannel({ url: receiver.url, secret: SECRET, allowPrivate: true, ...options });
}

/** Why a message was not taken. */
async function failureOf(channel: WebhookChannel, post = POST, signal?: AbortSignal): Promise<DeliveryError> {
  const error: unknown = await channel.post(post, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}

describe("what is posted to a webhook", () => {
  it("is the event with its type and time, signed so that a stranger's check passes", async () => {
    expect(await open().post(POST)).toEqual({ place: "", id: "n-1" });
    expect(receiver.received).toEqual([
      {
        id: "n-1",
        body: { type: "session.error", timestamp: "2026-11-28T00:00:00.000Z", data: { project: "web" } },
        problem: undefined,
        answered: { status: 204 },
      },
    ]);
  });

  it("is the message itself where it has no facts", async () => {
    const { facts: _facts, ...bare } = POST;
    await open().post(bare);
    expect(receiver.received[0]?.body).toMatchObject({ type: "message", data: { title: "web failed", tone: "bad" } });
  });

  it("has the same id on each try, and the time of the try", async () => {
    receiver.answerNext({ status: 500 });
    let now = Date.now();
    const channel = open({ now: () => now });
    await failureOf(channel);
    now += 200_000;
    await channel.post(POST);
    expect(receiver.received.map(({ id, problem }) => ({ id, problem }))).toEqual([
      { id: "n-1", problem: undefined },
      { id: "n-1", problem: undefined },
    ]);
  });

  it("is not signed without a secret", async () => {
    await using plain = await new WebhookReceiver().listen();
    await new WebhookChannel({ url: plain.url, allowPrivate: true }).post(POST);
    expect(plain.received.map(({ problem }) => problem)).toEqual([undefined]);
  });

  it("is refused where it is larger than a webhook takes, and not sent", async () => {
    const facts = { type: "session.error", at: 0, data: { text: "é".repeat(10_000) } };
    const { problem, message } = await failureOf(open(), { ...POST, facts });
    expect({ problem, message }).toEqual({
      problem: "refused",
      message: "it has 20082 bytes, and 20000 is the most for a webhook",
    });
    expect(receiver.received).toEqual([]);
  });
});

describe("what a webhook answers", () => {
  it.each([
    [200, undefined],
    [204, undefined],
    [299, undefined],
    [301, "again"],
    [400, "again"],
    [401, "again"],
    [404, "again"],
    [410, "stopped"],
    [413, "refused"],
    [429, "again"],
    [503, "again"],
  ])("%s is taken for %s", async (status, problem) => {
    receiver.answerNext({ status });
    const posted = open().post(POST);
    const came = await posted.then(
      () => undefined,
      (error: unknown) => (error as DeliveryError).problem,
    );
    expect(came).toBe(problem);
  });

  it("is not followed elsewhere", async () => {
    await using other = await new WebhookReceiver().listen();
    receiver.answerNext({ status: 307, headers: { location: other.url } });
    const { message } = await failureOf(open());
    expect(message).toBe("it answered 307; it is not followed, so write the address that it names");
    expect(other.received).toEqual([]);
  });

  it("says how long to wait, in seconds or by a date", async () => {
    const now = Date.UTC(2026, 10, 28);
    receiver.answerNext(
      { status: 429, headers: { "retry-after": "7" } },
      { status: 503, headers: { "retry-after": new Date(now + 90_000).toUTCString() } },
      { status: 503, headers: { "retry-after": "soon" } },
    );
    const channel = open({ now: () => now });
    const waits = [await failureOf(channel), await failureOf(channel), await failureOf(channel)];
    expect(waits.map(({ retryAfterMs }) => retryAfterMs)).toEqual([7_000, 90_000, undefined]);
  });

  it("may never come: then it is not known whether it arrived", async () => {
    receiver.answerNext("hang", "drop");
    const slow = await failureOf(open({ timeoutMs: 200 }));
    const cut = await failureOf(open());
    expect([slow, cut].map(({ problem, isUncertain }) => ({ problem, isUncertain }))).toEqual([
      { problem: "again", isUncertain: true },
      { problem: "again", isUncertain: true },
    ]);
    expect(slow.message).toMatch(/no answer in 0\.2 s$/);
  });

  it("is known not to have come where nobody listens", async () => {
    await using gone = await new WebhookReceiver().listen();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    const { problem, isUncertain, message } = await failureOf(open({ url }));
    expect({ problem, isUncertain }).toEqual({ problem: "again", isUncertain: false });
    expect(message).toContain("ECONNREFUSED");
  });

  it("is waited for no longer than whoever asks wants to", async () => {
    receiver.answerNext("hang");
    const ending = new AbortController();
    const posting = open().post(POST, ending.signal);
    ending.abort(new Error("that is the end"));
    await expect(posting).rejects.toThrow(/that is the end|aborted/);
  });
});

describe("an address that only machines near this one reach", () => {
  it.each([
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://10.1.2.3/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://[fd00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://localhost/",
  ])("%s is refused unless it is allowed, before anything is sent", async (url) => {
    const { port } = new URL(receiver.url);
    const at = new URL(url);
    at.port = port;
    const channel = open({ url: at.href, allowPrivate: false });
    const { problem, message } = await failureOf(channel);
    expect(problem).toBe("stopped");
    expect(message).toMatch(/which is not allowed: set allow_private/);
    expect(await channel.check()).toHaveLength(1);
    expect(receiver.received).toEqual([]);
  });

  it("is taken where it is allowed", async () => {
    const channel = open();
    expect(await channel.check()).toEqual([]);
    await channel.post(POST);
    expect(receiver.received).toHaveLength(1);
  });
});
