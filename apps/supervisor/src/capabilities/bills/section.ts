import { described, Secret } from "@hal/daemon";
import type { BilledProvider } from "@hal/protocol";
import * as v from "valibot";
import { Positive, Text } from "../../setting-values.ts";
import type { BillAccess } from "./bill-source.ts";

const BaseUrl = v.optional(
  described(
    v.pipe(Text, v.check(isPlainAddress, "must be an address that begins with https:// or http://")),
    "another address than the provider's own, such as of a proxy",
  ),
);

/** Of the section `cost`: how often providers are asked, which and with what. */
export const COST_POLL_INTERVAL = v.optional(described(Positive, "how often providers are asked for their bills"), 60);

export const COST_PROVIDERS = v.optional(
  v.object({
    anthropic: v.optional(
      v.object({ admin_api_key: described(Secret, "an Admin API key of Anthropic"), base_url: BaseUrl }),
    ),
    openai: v.optional(
      v.object({ org_api_key: described(Secret, "an Admin key of an OpenAI organisation"), base_url: BaseUrl }),
    ),
    openrouter: v.optional(
      v.object({
        api_key: described(
          Secret,
          "a management key of OpenRouter; with another key it tells only what that key used today",
        ),
        base_url: BaseUrl,
      }),
    ),
  }),
  {},
);

type Providers = v.InferOutput<typeof COST_PROVIDERS>;

/** With what providers are asked, as far as there are keys. */
export function accessesIn({ anthropic, openai, openrouter }: Providers): BillAccess[] {
  const access = (provider: BilledProvider, key: string, url: string | undefined): BillAccess => ({
    provider,
    key,
    baseUrl: url?.replace(/\/+$/, ""),
  });
  return [
    ...(anthropic === undefined ? [] : [access("anthropic", anthropic.admin_api_key, anthropic.base_url)]),
    ...(openai === undefined ? [] : [access("openai", openai.org_api_key, openai.base_url)]),
    ...(openrouter === undefined ? [] : [access("openrouter", openrouter.api_key, openrouter.base_url)]),
  ];
}

const KEYS: Readonly<Record<BilledProvider, string>> = {
  anthropic: "admin_api_key",
  openai: "org_api_key",
  openrouter: "api_key",
};

/** The setting that has a provider's key. */
export function keySettingOf(provider: BilledProvider): string {
  return `cost.providers.${provider}.${KEYS[provider]}`;
}

/** Whether a key is the one of a guide, which its provider would refuse: then nobody is asked. */
export function isPlaceholder({ key, baseUrl }: BillAccess): boolean {
  return baseUrl === undefined && /^your-|^<.*>$|changeme|\.\.\.$|…$/i.test(key);
}

/** What an operator should know of keys that are valid. */
export function adviceOnBills(providers: Providers): string[] {
  return accessesIn(providers)
    .filter(isPlaceholder)
    .map(({ provider }) => `${keySettingOf(provider)} is a placeholder: ${provider} is not asked for its bill`);
}

function isPlainAddress(text: string): boolean {
  try {
    const { protocol, username, password, search, hash } = new URL(text);
    return (protocol === "https:" || protocol === "http:") && `${username}${password}${search}${hash}` === "";
  } catch {
    return false;
  }
}
