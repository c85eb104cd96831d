import { entryOf } from "@hal/protocol/text";
import type { SupervisorConfig } from "../../config.ts";
import type { IncomingRule } from "./domain/rule.ts";

type Section = SupervisorConfig["incoming"];

/** Services that answers are written to. */
export type ServiceName = "github" | "gitlab";

/** Somebody who may tell something, as the configuration has them now. */
export interface Source {
  /** `github`, `gitlab` or `generic/NAME` */
  readonly sender: string;
  readonly kind: ServiceName | "generic";
  /** its place in the configuration */
  readonly path: string;
  readonly enabled: boolean;
  /** what signs, and what is shown as it is; undefined where there is none */
  readonly signing: string | undefined;
  readonly shown: string | undefined;
  readonly rules: readonly IncomingRule[];
  /** whether answers are written there */
  readonly writes: boolean;
}

/** The source that a sender names; undefined where the configuration has none. */
export function sourceOf({ github, gitlab, generic }: Section, sender: string): Source | undefined {
  if (sender === "github" && github !== undefined) {
    const { enabled, secret, token, rules } = github;
    const own = { kind: "github", path: "incoming.github", signing: secret, shown: undefined } as const;
    return { sender, ...own, enabled, rules, writes: token !== undefined };
  }
  if (sender === "gitlab" && gitlab !== undefined) {
    const { enabled, secret, signing_token: signing, token, rules } = gitlab;
    const own = { kind: "gitlab", path: "incoming.gitlab", signing, shown: secret } as const;
    return { sender, ...own, enabled, rules, writes: token !== undefined };
  }
  const name = sender.startsWith("generic/") ? sender.slice("generic/".length) : "";
  const one = entryOf(generic, name);
  if (one === undefined) return undefined;
  const { enabled, secret, rules } = one;
  const own = { kind: "generic", path: `incoming.generic.${name}`, signing: secret, shown: undefined } as const;
  return { sender, ...own, enabled, rules, writes: false };
}

/** All of them. */
export function sourcesOf(section: Section): Source[] {
  const senders = ["github", "gitlab", ...Object.keys(section.generic).map((name) => `generic/${name}`)];
  return senders.flatMap((sender) => sourceOf(section, sender) ?? []);
}

export function hasSecret({ signing, shown }: Source): boolean {
  return signing !== undefined || shown !== undefined;
}
