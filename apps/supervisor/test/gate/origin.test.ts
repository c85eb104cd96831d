import { describe, expect, it } from "vitest";
import { isOriginPattern, isSameOrigin, originAllowed } from "../../src/gate/domain/origin.ts";

describe("originAllowed", () => {
  const list = ["http://localhost:*", "https://internal.example.com:*"];
  it.each<[string | undefined, boolean]>([
    [undefined, true],
    ["http://localhost", true],
    ["http://localhost:5173", true],
    ["HTTP://LocalHost:1", true],
    ["https://localhost", false],
    ["https://internal.example.com", true],
    ["https://internal.example.com.evil.tld", false],
    ["https://Internal.Example.COM:8443", true],
    ["https://internal.example.com:443", true],
    ["http://internal.example.com", false],
    ["https://sub.internal.example.com", false],
    ["https://internal.example.com@evil.tld", false],
    ["https://internal.example.com:8443@evil.tld", false],
    ["https://internal.example.com:8443.evil.tld", false],
    ["https://internal.example.com\\.evil.tld", false],
    ["https://internal.example.com/", false],
    ["https://internal.example.com evil.tld", false],
    ["https://evil.tld#https://internal.example.com", false],
    ["https://internal.example.com:*", false],
    ["http://localhost, https://evil.tld", false],
    ["null", false],
    ["", false],
    ["*", false],
  ])("%s → %s", (origin, allowed) => {
    expect(originAllowed(origin, list)).toBe(allowed);
  });

  it("takes a pattern without a port for the scheme's own, and one with a port as it stands", () => {
    const strict = ["https://a.example", "http://[::1]:80", "https://b.example:8443"];
    for (const origin of ["https://a.example", "https://a.example:443", "http://[::1]", "https://b.example:8443"])
      expect(originAllowed(origin, strict)).toBe(true);
    for (const origin of ["https://a.example:8443", "http://a.example", "http://[::1]:8080", "https://b.example"])
      expect(originAllowed(origin, strict)).toBe(false);
  });

  it.each(["internal.example.com", "https://*.example.com", "*", "wss://a.example", "https://a.example/", "null", ""])(
    "knows that %j can match nothing",
    (pattern) => {
      expect(isOriginPattern(pattern)).toBe(false);
      expect(
        ["https://a.example", "https://internal.example.com", "null"].some((one) => originAllowed(one, [pattern])),
      ).toBe(false);
    },
  );

  it("knows a page of the supervisor's own", () => {
    expect(isSameOrigin("http://host:8421", "host:8421", false)).toBe(true);
    expect(isSameOrigin("https://host", "host:443", true)).toBe(true);
    expect(isSameOrigin("http://host:8421", "host:8421", true)).toBe(false);
    expect(isSameOrigin("http://evil.tld", "host:8421", false)).toBe(false);
    expect(isSameOrigin("null", undefined, false)).toBe(false);
  });

  it("restricts nothing with an empty list", () => {
    expect(originAllowed("https://anywhere.example", [])).toBe(true);
  });
});
