import type { SupervisorConfig } from "../../config.ts";
import { hasSecret, type Source, sourcesOf } from "./sources.ts";

const MAKE = {
  github: "openssl rand -hex 32",
  gitlab: "openssl rand -hex 32",
  generic: "echo whsec_$(openssl rand -base64 32)",
} as const;

/** What an operator should know of webhooks in that are valid. */
export function adviceOnIncoming(section: SupervisorConfig["incoming"]): string[] {
  return sourcesOf(section).flatMap(adviceOn);
}

function adviceOn(source: Source): string[] {
  const { path, kind, enabled, rules, signing } = source;
  if (!enabled) return [];
  if (!hasSecret(source))
    return [`${path} has no secret, and nothing is taken without one; make one with: ${MAKE[kind]}`];
  const advice = rules.length === 0 ? [`${path} has no rules: whatever comes is taken for nothing`] : [];
  if (kind === "gitlab" && signing === undefined)
    advice.push(
      `${path} has no signing_token: its secret travels with each request as it is, and whoever reads one can send others; take a signing token where GitLab has them`,
    );
  return advice;
}
