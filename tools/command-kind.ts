import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hostCommandOf } from "./host-commands.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const OURS = ["hal-supervisor", "hal-agent", "halctl"];
/** What looks at our programs and their files, or puts files where they look. */
const BESIDE = "curl sqlite3 ss netstat lsof ps df du ls readlink grep sed tail tee wc cp ln chmod find openssl".split(
  " ",
);

/**
 * By what a command of a page is run: `program`, our programs and what looks at them, typed by a story; `host`, the machine's own, typed
 * by the proof on a booted systemd; `repository`, a script of this repository. Undefined where nothing runs it.
 */
export function kindOf(typed: string): "program" | "host" | "repository" | undefined {
  if (hostCommandOf(typed) !== undefined) return "host";
  if (isOfRepository(typed)) return "repository";
  const programs = typed.split(/ \| /).map(programOf);
  return programs.every((name) => OURS.includes(name) || BESIDE.includes(name)) ? "program" : undefined;
}

/** The program of one part of a pipe, without who runs it. */
export function programOf(part: string): string {
  return (
    part
      .trim()
      .replace(/^sudo (?:-u \S+ )?/, "")
      .split(" ")[0] ?? ""
  );
}

function isOfRepository(typed: string): boolean {
  const [, verb = "", name = ""] = /^npm (start|test|run)\b(?: (?:--silent )?([\w:]+))?/.exec(typed) ?? [];
  if (verb !== "") return verb in scripts() || name in scripts();
  const [, file = ""] = /^node tools\/with\.mjs node (?:--\S+ )*(\S+)/.exec(typed) ?? [];
  return file !== "" && existsSync(`${ROOT}${file}`);
}

function scripts(): Readonly<Record<string, string>> {
  return (JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { readonly scripts: Record<string, string> })
    .scripts;
}
