import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Given, sortFiles, withFiles } from "../../src/capabilities/prompts/domain/sort-files.ts";

const given = (name: string, mime_type: string, bytes: Uint8Array | string): Given => ({
  name,
  mime_type,
  data: Buffer.from(bytes as Uint8Array).toString("base64"),
});
const BINARY = Uint8Array.of(0x89, 0x50, 0, 1);

describe("files of a prompt", () => {
  it.each([
    ["text/plain", "hello", "text"],
    ["application/json", "{}", "text"],
    ["application/octet-stream", "FROM node", "text"],
    ["image/svg+xml", "<svg/>", "text"],
    ["text/plain", BINARY, "untaken"],
    ["image/png", BINARY, "image"],
    ["IMAGE/JPEG", BINARY, "image"],
    ["image/tiff", BINARY, "untaken"],
    ["application/pdf", BINARY, "pdf"],
    ["audio/mpeg", BINARY, "audio"],
    ["video/mp4", BINARY, "video"],
    ["application/zip", BINARY, "untaken"],
  ])("are sorted by what they are: %s, %j is %s", (mimeType, bytes, expected) => {
    const { texts, others, untaken } = sortFiles([given("a", mimeType, bytes)], 1_000);
    expect([texts.length > 0 ? "text" : others[0]?.kind, untaken.length > 0].toString()).toBe(
      [expected === "untaken" ? undefined : expected, expected === "untaken"].toString(),
    );
  });

  it("go as far as there is room, in their order, and each is sorted once", () => {
    const file = fc.record({
      name: fc.string({ minLength: 1 }),
      type: fc.constantFrom("image/png", "text/plain", "application/zip"),
      bytes: fc.uint8Array({ maxLength: 60 }),
    });
    fc.assert(
      fc.property(fc.array(file, { maxLength: 10 }), fc.nat(200), (files, most) => {
        const all = files.map(({ name, type, bytes }) => given(name, type, bytes));
        const { texts, others, untaken } = sortFiles(all, most);
        const taken = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
        const beside = others.reduce((sum, { file: { data } }) => sum + Buffer.byteLength(data, "base64"), 0);
        // a mark of the order of bytes is no text
        expect(taken + beside).toBeLessThanOrEqual(most);
        expect(texts.length + others.length + untaken.length).toBe(files.length);
      }),
    );
  });

  it("are in a fence that nothing in them ends, under a name of one line", () => {
    const words = fc.array(fc.constantFrom("`", "```", "\n", "word", "~~~"), { maxLength: 20 });
    fc.assert(
      fc.property(words, (list) => {
        const text = list.join("");
        const lines = withFiles("look", { texts: [{ name: "a\nb\u202e", text }], untaken: [] }).split("\n");
        const [, , title, opening = ""] = lines;
        expect(title).toBe("The file a b:");
        expect(opening).toMatch(/^`{3,}$/);
        expect(lines.indexOf(opening, 4)).toBe(lines.length - 1);
        expect(text).not.toContain(opening);
      }),
    );
  });
});
