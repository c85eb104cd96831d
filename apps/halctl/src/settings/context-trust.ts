import { dirname, resolve } from "node:path";
import type { TrustNames, TrustSettings } from "@hal/daemon";
import type { Context } from "./context-schema.ts";

/** What a context says of how its supervisor is known. */
export interface ContextTrust {
  readonly name: string;
  readonly values: Pick<Context, "ca_file" | "tls_fingerprint" | "insecure">;
  /** by a flag, which wins over variables */
  readonly isTyped: boolean;
  /** the config file, from which relative paths start */
  readonly path: string;
}

/** As `trustOf` takes it; undefined where the context says nothing of it. */
export function settingsOfContext(url: string, { values, path }: ContextTrust): TrustSettings | undefined {
  const { ca_file: file, tls_fingerprint: pins, insecure } = values;
  if (file === undefined && pins === undefined && insecure !== true) return undefined;
  return {
    url,
    caPath: file === undefined ? undefined : resolve(dirname(path), file),
    fingerprints: pins === undefined ? [] : [pins].flat(),
    isInsecure: insecure === true,
  };
}

/** How a person finds these settings. */
export function namesInContext(name: string): TrustNames {
  const at = `contexts.${name}`;
  return {
    url: `${at}.url`,
    ca: `${at}.ca_file`,
    fingerprint: `${at}.tls_fingerprint`,
    insecure: `${at}.insecure`,
  };
}

/** In a word or two, for lists. */
export function trustText({ values, path }: Pick<ContextTrust, "values" | "path">, url: string): string {
  if (!/^(wss|https):/i.test(url)) return "-";
  const { ca_file: file, tls_fingerprint: pins, insecure } = values;
  if (insecure === true) return "NOT checked";
  const known = [
    ...(file === undefined ? [] : [`authority ${resolve(dirname(path), file)}`]),
    ...(pins === undefined ? [] : [`fingerprint ${[pins].flat().join(", ")}`]),
  ];
  return known.length === 0 ? "well-known authorities" : known.join(", ");
}
