import { type Channel, isPrivateHost, WebhookChannel, webhookWaitMs } from "@hal/channels";
import type { Clock } from "@hal/daemon";
import type { SupervisorConfig } from "../../config.ts";
import type { Webhook } from "./section.ts";

/** Somewhere that notices are sent to. */
export interface Target {
  /** such as `webhook#n8n` */
  readonly name: string;
  readonly channel: Channel;
  /** where in its channel */
  readonly place: string;
  /** where that is, without what is secret of it */
  readonly to: string;
  /** how long to wait after so many tries of one notice; undefined where there is no other one */
  readonly waitMs: (tries: number) => number | undefined;
}

type Section = SupervisorConfig["channels"];

/** The targets that the configuration names. */
export class ChannelBook implements AsyncDisposable {
  readonly #userAgent: string;
  readonly #clock: Clock;
  #targets: ReadonlyMap<string, Target>;

  constructor(section: Section, { version, clock }: { readonly version: string; readonly clock: Clock }) {
    this.#userAgent = `hal-o-swarm/${version}`;
    this.#clock = clock;
    this.#targets = this.#open(section);
  }

  get all(): readonly Target[] {
    return [...this.#targets.values()];
  }

  get(name: string): Target | undefined {
    return this.#targets.get(name);
  }

  /** Takes on another configuration. */
  async reload(section: Section): Promise<void> {
    const before = this.all;
    this.#targets = this.#open(section);
    await closeAll(before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeAll(this.all);
  }

  #open(section: Section): ReadonlyMap<string, Target> {
    const targets = Object.entries(webhooksOf(section)).map(([name, webhook]) => this.#webhook(name, webhook));
    return new Map(targets.map((target) => [target.name, target]));
  }

  #webhook(name: string, { url, secret, allow_private: allowPrivate }: Webhook): Target {
    return {
      name: `webhook#${name}`,
      channel: new WebhookChannel({
        url,
        secret,
        allowPrivate,
        userAgent: this.#userAgent,
        now: () => this.#clock.now(),
      }),
      place: "",
      to: new URL(url).origin,
      waitMs: (tries) => webhookWaitMs(tries, Math.random()),
    };
  }
}

async function closeAll(targets: readonly Target[]): Promise<void> {
  await Promise.all(targets.map(({ channel }) => channel[Symbol.asyncDispose]()));
}

/** The webhooks of a configuration by their names, whichever way they are written. */
export function webhooksOf({ webhooks, n8n }: Section): Readonly<Record<string, Webhook>> {
  return n8n === undefined ? webhooks : { n8n, ...webhooks };
}

/** What an operator should know of webhooks that are valid. */
export function adviceOnChannels(section: Section): string[] {
  const twice =
    section.n8n !== undefined && Object.hasOwn(section.webhooks, "n8n")
      ? ["channels.n8n and channels.webhooks.n8n are the same target; the second one counts"]
      : [];
  return [...twice, ...Object.entries(webhooksOf(section)).flatMap(([name, webhook]) => adviceOn(name, webhook))];
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
