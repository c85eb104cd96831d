import { describe, expect, it } from "vitest";
import { quickHome } from "../../src/quick-start/quick-home.ts";
import { quickWords, type QuickWordsOptions } from "../../src/quick-start/quick-words.ts";

const card = (address: string, internal: boolean, family: "IPv4" | "IPv6" = "IPv4") => ({
  address,
  internal,
  family,
  netmask: "",
  mac: "",
  cidr: null,
  ...(family === "IPv6" ? { scopeid: 0 } : {}),
});
const NETWORK = {
  lo: [card("127.0.0.1", true)],
  eth0: [card("fe80::1", false, "IPv6"), card("192.0.2.7", false)],
} as QuickWordsOptions["interfaces"];

const said = (options: Partial<QuickWordsOptions> = {}): string =>
  quickWords({
    home: quickHome({ XDG_STATE_HOME: "/home/me/state" }),
    host: undefined,
    port: 8420,
    httpPort: 8421,
    isTls: false,
    token: "secret",
    interfaces: NETWORK,
    hostname: "tower",
    isByNpx: true,
    ...options,
  });

describe("what somebody reads who began with nothing", () => {
  it("has a command that joins a machine, and one that looks, each on a line of its own", () => {
    const commands = said()
      .split("\n")
      .filter((line) => line.startsWith("    npx "));
    expect(commands.map((line) => line.trim())).toEqual([
      "npx @hal/agent --supervisor ws://192.0.2.7:8420 --token secret",
      "npx @hal/halctl --supervisor-url ws://127.0.0.1:8420 --token-file /home/me/state/hal-supervisor/token status",
    ]);
    expect(said()).toContain("http://127.0.0.1:8421/docs");
  });

  it("names the programs as they are on PATH where npx did not start this one", () => {
    const words = said({ isByNpx: false });
    expect(words).toContain("\n    hal-agent --supervisor ws://192.0.2.7:8420 --token secret\n");
    expect(words).toContain("\n    halctl --supervisor-url ws://127.0.0.1:8420 --token-file ");
    expect(words).not.toContain("npx");
  });

  it.each([
    ["it listens everywhere", { host: "0.0.0.0" }, "ws://192.0.2.7:8420 "],
    ["it listens at one address", { host: "192.0.2.9" }, "ws://192.0.2.9:8420 "],
    ["that is of IPv6", { host: "2001:db8::1" }, "ws://[2001:db8::1]:8420 "],
    ["it listens here alone", { host: "127.0.0.1" }, "ws://127.0.0.1:8420 "],
    ["there is no network", { interfaces: { lo: NETWORK["lo"] } }, "ws://tower:8420 "],
    ["it has a certificate", { isTls: true }, "wss://192.0.2.7:8420 "],
    ["the port is another one", { port: 40_001 }, "ws://192.0.2.7:40001 "],
  ])("names the address where %s", (_name, options, address) => {
    expect(said(options)).toContain(`npx @hal/agent --supervisor ${address}`);
  });

  it("says that nobody else can join where it listens here alone", () => {
    expect(said({ host: "127.0.0.1" })).toContain("on this machine");
  });

  it("names the token's file where what it says is kept", () => {
    const text = said({ token: undefined });
    expect(text).toContain("--token TOKEN\n");
    expect(text).toContain("TOKEN is in /home/me/state/hal-supervisor/token");
  });

  it("says nothing of HTTP where there is none", () => {
    expect(said({ httpPort: undefined })).not.toContain("http");
  });

  it("quotes what a shell would take apart", () => {
    const home = quickHome({ XDG_STATE_HOME: "/home/it's me" });
    expect(said({ home })).toContain(String.raw`--token-file '/home/it'\''s me/hal-supervisor/token' status`);
  });
});
