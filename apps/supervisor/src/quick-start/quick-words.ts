import type { networkInterfaces } from "node:os";
import type { QuickHome } from "./quick-home.ts";

export interface QuickWordsOptions {
  readonly home: QuickHome;
  readonly host: string | undefined;
  readonly port: number;
  /** undefined where HTTP is disabled */
  readonly httpPort: number | undefined;
  readonly isTls: boolean;
  /** undefined where what is printed is kept: then the words name its file */
  readonly token: string | undefined;
  readonly interfaces: ReturnType<typeof networkInterfaces>;
  readonly hostname: string;
  /** whether npx started this, so that the other programs are had in the same way */
  readonly isByNpx: boolean;
}

/** What a person reads who began with nothing: the command that joins a machine, and how to look. */
export function quickWords(options: QuickWordsOptions): string {
  const { home, port, httpPort, isTls, token, isByNpx } = options;
  const [agent, halctl] = isByNpx ? ["npx @hal/agent", "npx @hal/halctl"] : ["hal-agent", "halctl"];
  const [ws, http] = isTls ? ["wss", "https"] : ["ws", "http"];
  const isOnlyHere = isLoopback(options.host);
  const near = isEverywhere(options.host) ? "127.0.0.1" : inUrl(options.host ?? "");
  const far = inUrl(farHost(options));
  const lines = [
    `hal-supervisor runs, and keeps everything in ${home.folder}`,
    "",
    isOnlyHere
      ? "  A node joins it with this, typed in a project's directory on this machine (it has to have opencode):"
      : "  A machine that has opencode joins it with this, typed in a project's directory:",
    "",
    `    ${agent} --supervisor ${ws}://${far}:${port} --token ${token ?? "TOKEN"}`,
    ...(token === undefined ? ["", `  TOKEN is in ${home.tokenFile}`] : []),
    "",
    "  How all of it is:",
    "",
    `    ${halctl} --supervisor-url ${ws}://${near}:${port} --token-file ${shellWord(home.tokenFile)} status`,
    ...(httpPort === undefined ? [] : ["", `  What programs can ask: ${http}://${near}:${httpPort}/docs`]),
    "",
    `Ctrl-C ends it; the next start finds all of it again. Its settings: ${home.config}`,
  ];
  return `\n${lines.join("\n")}\n`;
}

/** An address under which other machines find this one, as far as it can be known. */
function farHost({ host, interfaces, hostname }: QuickWordsOptions): string {
  if (host !== undefined && !isEverywhere(host)) return host;
  const addresses = Object.values(interfaces).flatMap((some = []) => some);
  return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? hostname;
}

function isEverywhere(host: string | undefined): boolean {
  return host === undefined || host === "0.0.0.0" || host === "::";
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(127\.|::1$|localhost$)/.test(host);
}

function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
