import { parseConfig } from "@hal/daemon";
import { describe, expect, it } from "vitest";
import { volumeOf, volumeOfKind } from "../../src/capabilities/channels/volume.ts";
import { SupervisorConfig } from "../../src/config.ts";

const BERLIN = { from: "23:00", to: "06:00", time_zone: "Europe/Berlin" };
const SERVER = { auth_token: "a-token-of-thirty-two-characters-or-so" };

function read(slack: object, rest: object = {}) {
  const channels = { slack: { bot_token: "xoxb-1", channels: { alerts: "C1" }, ...slack } };
  return parseConfig(SupervisorConfig, { server: SERVER, channels, ...rest }, { env: {} }).config;
}

describe("how much a channel is told", () => {
  it("is what is nearest: its own hours, else those of policies", () => {
    const far = { policies: { quiet_hours: { ...BERLIN, time_zone: "UTC" } } };
    expect(volumeOf(read({}), "slack#alerts")).toEqual({ verbosity: "normal", hours: undefined, daily: undefined });
    expect(volumeOf(read({ digest_at: "08:00" }, far), "slack#alerts")).toMatchObject({
      hours: { time_zone: "UTC" },
      daily: { at: "08:00", timeZone: "UTC" },
    });
    expect(volumeOf(read({ quiet_hours: BERLIN, digest_at: "08:00" }, far), "slack#alerts")).toMatchObject({
      hours: BERLIN,
      daily: { at: "08:00", timeZone: "Europe/Berlin" },
    });
  });

  it("is nothing that is asked of a program, or of a platform that is not configured", () => {
    expect(volumeOf(read({}, {}), "webhook#n8n")).toBeUndefined();
    expect(volumeOfKind(read({}), "discord")).toBeUndefined();
  });

  it("is refused where it is wrong, with all that is", () => {
    const wrong = { verbosity: "loud", quiet_hours: { from: "24:00", to: "6", time_zone: "Mars" }, digest_at: "8" };
    const routes = [{ match: "session.error", target: "slack#alerts", urgent: "yes" }];
    expect(() => read(wrong, { routes })).toThrow(
      /channels\.slack\.verbosity: must be quiet, normal or verbose[^]*channels\.slack\.quiet_hours\.from: is no time of day[^]*channels\.slack\.quiet_hours\.to: [^]*channels\.slack\.quiet_hours\.time_zone: is no time zone[^]*channels\.slack\.digest_at: is no time of day[^]*routes\.0\.urgent: must be true or false/,
    );
  });
});
