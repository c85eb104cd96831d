import { expect, it } from "vitest";
import { peerAddress } from "../src/index.ts";

it.each([
  ["::ffff:127.0.0.1", "127.0.0.1"],
  ["::FFFF:10.1.2.3", "10.1.2.3"],
  ["10.1.2.3", "10.1.2.3"],
  ["::1", "::1"],
  ["fe80::ffff:1", "fe80::ffff:1"],
  [undefined, undefined],
])("writes the address %s as %s", (remoteAddress, shown) => {
  expect(peerAddress({ remoteAddress })).toBe(shown);
});
