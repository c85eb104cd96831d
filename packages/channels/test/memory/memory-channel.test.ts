import { describe } from "vitest";
import { MemoryChannel } from "../../src/index.ts";
import { type ChannelStand, conformance } from "../conformance.ts";

describe("memory", () => {
  const abilities = { edits: true, threads: true, finds: true, buttons: true };
  conformance(abilities, { isTroubled: false, isPeopled: false }, async () => open());
});

function open(): ChannelStand {
  const channel = new MemoryChannel();
  const somebody = { kind: "user", id: "ann" } as const;
  return {
    channel,
    place: "here",
    somebody,
    shown: () =>
      channel.held.map(({ id, thread, message: { title, text, code, fields = [], footer, buttons = [] } }) => ({
        id,
        thread: thread?.id,
        text: [
          title,
          text,
          code,
          ...fields.map(({ name, value }) => `${name}: ${value}`),
          footer,
          ...buttons.map(({ label }) => label),
        ].join("\n"),
      })),
    called: () => channel.held.flatMap(({ message: { ping } }) => (ping === undefined ? [] : [ping.id])),
    remove: (posted) => channel.remove(posted),
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  };
}
