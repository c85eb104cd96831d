import { expect, it } from "vitest";
import { closest } from "../src/text/index.ts";

it("suggests a word only where it is near enough to be meant", () => {
  expect(closest("auth_tokn", ["auth_token", "port"])).toBe("auth_token");
  expect(closest("PORT", ["port"])).toBe("port");
  expect(closest("tsl", ["tls", "audit"])).toBe("tls");
  expect(closest("cert", ["enabled", "cert_path"])).toBe("cert_path");
  expect(closest("xyz", ["auth_token", "port"])).toBeUndefined();
});
