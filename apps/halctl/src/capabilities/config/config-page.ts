import { card, table } from "../../output/table.ts";

/** The contexts of a config file, and what counts now and where it was said. */
export interface ConfigShown {
  readonly file: string;
  readonly contexts: readonly {
    readonly name: string;
    readonly is_current: boolean;
    readonly url: string | null;
    readonly token: string;
    readonly tls: string;
  }[];
  readonly effective: {
    readonly url: string;
    readonly url_from: string;
    readonly token: string | null;
    readonly token_from: string | null;
    readonly tls: string;
    readonly tls_from: string | null;
  };
}

export function configPage(
  { file, contexts, effective }: ConfigShown,
  columns: number | undefined,
  isThere: boolean,
): string {
  const { url, url_from: urlFrom, token, token_from: tokenFrom, tls, tls_from: tlsFrom } = effective;
  const now = card([
    ["file", isThere ? file : `${file} (not there)`],
    ["supervisor", `${url}, from ${urlFrom}`],
    ["TLS", tlsFrom === null ? tls : `${tls}, from ${tlsFrom}`],
    ["token", tokenFrom === null ? "none" : `${token ?? "empty"}, from ${tokenFrom}`],
  ]);
  if (contexts.length === 0) return now;
  const rows = contexts.map((row) => [row.is_current ? "*" : "", row.name, row.url ?? "-", row.token, row.tls]);
  return `${table(["", "CONTEXT", "URL", "TOKEN", "TLS"], rows, columns)}\n${now}`;
}
