import { describe, expect, it } from "vitest";
import { createControlClient, createHttpClient, HalError, type OperatorClient } from "../src/index.ts";

/** A program that was written without types. */
type Untyped = {
  readonly call: (...given: readonly unknown[]) => Promise<unknown>;
  readonly stream: (...given: readonly unknown[]) => AsyncIterable<unknown>;
};

const nobody = (): never => {
  throw new Error("nobody is asked");
};
const CLIENTS: [string, OperatorClient][] = [
  ["HTTP", createHttpClient({ url: "http://localhost", token: "", fetch: nobody })],
  ["the control channel", createControlClient({ url: "ws://localhost", connect: nobody })],
];

describe.each(CLIENTS)("a program without types, over %s", (_, client) => {
  const { call, stream } = client as unknown as Untyped;

  it.each<[readonly unknown[], string]>([
    [["whoami"], "there is no operation whoami; did you mean whoami.get?"],
    [["session.list", {}], "there is no operation session.list; did you mean sessions.list?"],
    [["constructor", {}], "there is no operation constructor; there are: status.get, "],
    [[], "there is no operation of the type undefined; there are: "],
    [[{}], "there is no operation of the type object"],
    [["whoami.get"], 'the input of whoami.get is an object; write call("whoami.get", {})'],
    [["whoami.get", null], "the input of whoami.get is an object"],
    [["sessions.list", []], "the input of sessions.list is an object"],
    [["events.stream", {}], 'events.stream is a stream; use stream("events.stream", …)'],
  ])("hears what to write instead of call(%j)", async (given, text) => {
    const failure: unknown = await call(...given).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HalError);
    expect(failure).toMatchObject({ code: "bad_request", message: expect.stringContaining(text) });
  });

  it.each<[readonly unknown[], string]>([
    [["event.stream", {}], "did you mean events.stream?"],
    [["status.get", {}], 'status.get is no stream; use call("status.get", …)'],
    [["events.stream"], "the input of events.stream is an object"],
  ])("hears what to write instead of stream(%j)", async (given, text) => {
    const items = stream(...given);
    const step = items[Symbol.asyncIterator]().next();
    await expect(step).rejects.toMatchObject({ code: "bad_request", message: expect.stringContaining(text) });
  });
});

it("hears which part of a path is missing, instead of asking for undefined", async () => {
  const [, client] = CLIENTS[0] as [string, OperatorClient];
  const asked = (client as unknown as Untyped).call("sessions.get", { reff: "x" });
  await expect(asked).rejects.toMatchObject({ code: "bad_request", message: "sessions.get: ref is missing" });
});
