import { isPrivateHost } from "@hal/channels";
import type { SupervisorConfig } from "../../config.ts";
import type { Webhook } from "./section.ts";
import { webhooksOf } from "./target-names.ts";

type Section = SupervisorConfig["channels"];

/** What an operator should know of channels that are valid. */
export function adviceOnChannels(section: Section): string[] {
  const twice =
    section.n8n !== undefined && Object.hasOwn(section.webhooks, "n8n")
      ? ["channels.n8n and channels.webhooks.n8n are the same target; the second one counts"]
      : [];
  const lost = (["discord", "slack"] as const).flatMap((kind) => {
    const { status, channels = {} } = section[kind] ?? {};
    if (status === undefined || Object.hasOwn(channels, status)) return [];
    return [
      `channels.${kind}.status is ${status}, which is none of channels.${kind}.channels: the fleet is shown nowhere`,
    ];
  });
  return [
    ...twice,
    ...lost,
    ...Object.entries(webhooksOf(section)).flatMap(([name, webhook]) => adviceOn(name, webhook)),
  ];
}

function adviceOn(name: string, { url, secret, allow_private: allowPrivate }: Webhook): string[] {
  const { hostname, protocol } = new URL(url);
  const advice: string[] = [];
  if (secret === undefined)
    advice.push(
      `channels.webhooks.${name} has no secret: whoever gets it cannot tell that it is from here; make one with: echo whsec_$(openssl rand -base64 32)`,
    );
  if (!allowPrivate && isPrivateHost(hostname))
    advice.push(
      `channels.webhooks.${name}.url is a private address, and nothing is sent there unless allow_private is true`,
    );
  if (protocol === "http:" && !allowPrivate)
    advice.push(`channels.webhooks.${name}.url is http: what is sent can be read on the way; write https`);
  return advice;
}
