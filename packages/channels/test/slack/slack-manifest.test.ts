import { startSlack } from "@hal/testkit";
import { describe, expect, test } from "vitest";
import { SLACK_EVENTS, SLACK_SCOPES, slackCreateUrl, slackManifest } from "../../src/index.ts";

const WHERE = "https://hal.example/slack/events";

describe("the manifest of an app on Slack", () => {
  test("over Socket Mode it needs no address", () => {
    const manifest = slackManifest({ name: "HAL", mode: "socket" });
    expect(manifest.settings).toEqual({
      event_subscriptions: { bot_events: ["app_mention", "message.channels", "message.groups"] },
      interactivity: { is_enabled: true },
      socket_mode_enabled: true,
      org_deploy_enabled: false,
      token_rotation_enabled: false,
    });
    expect(JSON.stringify(manifest)).not.toContain("http");
  });

  test("over HTTP commands, buttons and events come to one address", () => {
    const { features, settings } = slackManifest({ name: "HAL", mode: "http", url: WHERE });
    expect([
      features.slash_commands[0]?.url,
      settings.event_subscriptions.request_url,
      settings.interactivity.request_url,
      settings.socket_mode_enabled,
    ]).toEqual([WHERE, WHERE, WHERE, false]);
  });

  test("has each scope that something needs, and what only agents need where it is one", async () => {
    await using slack = await startSlack();
    const all = slackManifest({ name: "HAL", mode: "socket", isAgent: true });
    expect(all.oauth_config.scopes.bot.toSorted()).toEqual([...slack.workspace.scopes].toSorted());
    expect(all.settings.event_subscriptions.bot_events).toContain("agent_session_stopped");
    expect(all.features.agent_view).toBeDefined();
    const plain = slackManifest({ name: "HAL", mode: "socket" });
    expect(plain.oauth_config.scopes.bot).not.toContain("assistant:write");
    expect(plain.features.agent_view).toBeUndefined();
  });

  test("what each scope and event is for is said", () => {
    expect([...SLACK_SCOPES, ...SLACK_EVENTS].filter(({ why }) => why.length < 10)).toEqual([]);
  });

  test("keeps to the lengths of names, and comes back whole from its address", () => {
    const manifest = slackManifest({ name: "long & <odd> ".repeat(20), mode: "socket" });
    expect(manifest.display_information.name.length).toBeLessThanOrEqual(35);
    expect(manifest.features.bot_user.display_name.length).toBeLessThanOrEqual(80);
    expect(JSON.parse(new URL(slackCreateUrl(manifest)).searchParams.get("manifest_json") ?? "")).toEqual(manifest);
  });
});
