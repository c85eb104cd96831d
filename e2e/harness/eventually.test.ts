import { createServer } from "node:http";
import { expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";

interface Thing {
  readonly inner: { readonly name: string };
}

it("looks again while an expectation is not met, and returns what was seen", async () => {
  let looks = 0;
  const seen = await eventually(() => {
    looks += 1;
    expect(looks).toBe(3);
    return looks;
  });
  expect(seen).toBe(3);
});

it("throws what was complained of last when the time is over", async () => {
  await expect(
    eventually(() => {
      throw new Error("not there");
    }, 0),
  ).rejects.toThrow("not there");
});

it.each([
  ["a property of nothing", () => (undefined as unknown as Thing).inner.name],
  ["what is no function", () => ({} as { call: () => void }).call()],
  ["what is no JSON", () => JSON.parse("{") as unknown],
])("throws at once where a look wants %s", async (_name, wrong) => {
  let looks = 0;
  const looking = eventually(() => {
    looks += 1;
    wrong();
  });
  await expect(looking).rejects.toThrow(/.+/);
  expect(looks).toBe(1);
});

it("waits for a server that does not listen yet", async () => {
  const port = await freePort();
  const server = createServer((_request, response) => response.end("here"));
  let looks = 0;
  const answer = await eventually(async () => {
    looks += 1;
    if (looks === 2) await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return (await fetch(`http://127.0.0.1:${port}`)).text();
  });
  expect([looks, answer]).toEqual([2, "here"]);
  server.close();
});
