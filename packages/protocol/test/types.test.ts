import { describe, expectTypeOf, it } from "vitest";
import type {
  CallName,
  CommandArgs,
  EventData,
  EventView,
  HalEvent,
  NodeView,
  OperationInput,
  OperationOutput,
  OperatorClient,
  ParsedInput,
  StreamName,
} from "../src/index.ts";

describe("what the types promise", () => {
  it("lets a caller leave out what has a default, and gives it to the handler", () => {
    expectTypeOf<{ ref: string }>().toExtend<OperationInput<"sessions.messages">>();
    expectTypeOf<ParsedInput<"sessions.messages">["limit"]>().toEqualTypeOf<number>();
  });

  it("knows the output of each operation", () => {
    expectTypeOf<OperationOutput<"nodes.list">>().toEqualTypeOf<NodeView[]>();
    expectTypeOf<OperationOutput<"events.stream">>().toEqualTypeOf<EventView>();
  });

  it("keeps calls and streams apart", () => {
    expectTypeOf<StreamName>().toEqualTypeOf<"events.stream" | "sessions.watch">();
    expectTypeOf<"events.stream">().not.toExtend<CallName>();
    expectTypeOf<Parameters<OperatorClient["call"]>[0]>().toEqualTypeOf<CallName>();
  });

  it("gives each event the data of its type", () => {
    expectTypeOf<Extract<HalEvent, { type: "session.retrying" }>["data"]["attempt"]>().toEqualTypeOf<number>();
    expectTypeOf<EventData<"session.message">["role"]>().toEqualTypeOf<"user" | "assistant">();
    expectTypeOf<CommandArgs<"session.abort">>().toEqualTypeOf<{ sessionId: string }>();
  });
});
