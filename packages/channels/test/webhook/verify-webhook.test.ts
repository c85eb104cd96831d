import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { verifyWebhook } from "../../src/index.ts";

const SECRET = `whsec_${Buffer.from("thirty-two bytes of a secret key").toString("base64")}`;
const OTHER = `whsec_${Buffer.from("another thirty-two bytes of keys").toString("base64")}`;
const NOW = 1_790_000_000_000;

function signed(body: string, { id = "msg_1", at = NOW, secret = SECRET } = {}) {
  const signature = new Webhook(secret).sign(id, new Date(at), body);
  return { id, timestamp: String(Math.floor(at / 1_000)), signature, body: Buffer.from(body), now: NOW };
}

describe("a request that Standard Webhooks sign", () => {
  it("is taken as the library of its authors signs it, whatever it says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[\w-]{1,40}$/), (body, id) => {
        expect(verifyWebhook(SECRET, signed(body, { id }))).toBeUndefined();
      }),
    );
  });

  it("is taken where one of several signatures is right, as while a secret is rotated", () => {
    const other = signed("{}", { secret: OTHER }).signature;
    const right = signed("{}");
    expect(verifyWebhook(SECRET, { ...right, signature: `${other} v2,x ${right.signature}` })).toBeUndefined();
  });

  it.each([
    ["another body", { body: Buffer.from("{} ") }, /signature/],
    ["another id", { id: "msg_2" }, /signature/],
    ["another time", { timestamp: String(NOW / 1_000 + 1) }, /signature/],
    ["no signature", { signature: undefined }, /signature/],
    ["an empty signature", { signature: "" }, /signature/],
    ["a signature of another version", { signature: signed("{}").signature.replace("v1", "v2") }, /signature/],
    ["no id", { id: undefined }, /webhook-id/],
    ["an id with a dot", { id: "msg.1" }, /webhook-id/],
    ["no time", { timestamp: undefined }, /webhook-timestamp/],
    ["a time that is no number", { timestamp: "1e9" }, /webhook-timestamp/],
  ])("is refused with %s", (_, change, problem) => {
    expect(verifyWebhook(SECRET, { ...signed("{}"), ...change })).toMatch(problem);
  });

  it("is refused where its body has bytes that only look the same as text", () => {
    const asText = signed("\uFFFD");
    expect(verifyWebhook(SECRET, { ...asText, body: Buffer.from([0xff]) })).toMatch(/signature/);
  });

  it.each([-301, 301])("is refused %i s from now, and taken within 5 minutes", (seconds) => {
    expect(verifyWebhook(SECRET, signed("{}", { at: NOW + seconds * 1_000 }))).toMatch(/5 minutes/);
    expect(verifyWebhook(SECRET, signed("{}", { at: NOW + Math.sign(seconds) * 299_000 }))).toBeUndefined();
  });

  it("is refused where another secret signed it", () => {
    expect(verifyWebhook(SECRET, signed("{}", { secret: OTHER }))).toMatch(/signature/);
  });
});
