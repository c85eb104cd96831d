import { described, strictSection } from "@hal/daemon";
import * as v from "valibot";
import { AuditSection } from "../capabilities/audit/section.ts";
import { isOriginPattern, ORIGIN_PATTERN } from "./domain/origin.ts";
import { Switch } from "../setting-values.ts";

const OriginPattern = v.pipe(
  v.string("must be text"),
  v.check(
    isOriginPattern,
    "is no origin; write scheme://host, scheme://host:port or scheme://host:*, with http or https for browsers and no path",
  ),
  v.metadata({ pattern: ORIGIN_PATTERN }),
);

const Tls = v.pipe(
  strictSection({
    enabled: v.optional(described(Switch, "wss and https on both ports, TLS 1.2 or newer, or no start"), false),
    cert_path: v.optional(described(v.string("must be text"), "certificate in PEM, intermediate ones behind it")),
    key_path: v.optional(described(v.string("must be text"), "its key in PEM, without a passphrase")),
  }),
  v.metadata({
    if: { properties: { enabled: { const: true } }, required: ["enabled"] },
    // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
    then: { allOf: [isGiven("cert_path"), isGiven("key_path")] },
  }),
);

/** What guards both ports, and the audit of what passed. */
export const SecuritySection = strictSection({
  tls: v.optional(Tls, {}),
  origin_allowlist: v.optional(
    described(
      v.array(OriginPattern),
      "for browsers: `https://host`, `https://host:8443`, or `https://host:*` for any port; an empty list restricts nothing. A request without Origin (agents, halctl, scripts) is always fine, `null` is not",
    ),
    [],
  ),
  audit: v.optional(AuditSection, {}),
});

/** In JSON Schema: the path is said, here or in a file. */
function isGiven(key: string): object {
  const given = { properties: { [key]: { minLength: 1 } }, required: [key] };
  return { anyOf: [given, { required: [`${key}_file`] }] };
}
