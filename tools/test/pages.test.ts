import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { kindOf } from "../command-kind.ts";
import { hostCommandOf, problemOf } from "../host-commands.ts";
import { commandsIn, commandsOf, NOT_MADE, PAGES, sectionsOf, textOf } from "../page-commands.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COMMANDS = PAGES.flatMap(commandsOf);

/** How a heading is linked to. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const withoutCode = (text: string): string => text.replaceAll(/^```[^]*?^```$/gm, "");
const anchorsOf = (file: string): string[] =>
  [...withoutCode(readFileSync(join(ROOT, file), "utf8")).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    anchorOf(title as string),
  );

/** Everything that our programs may say, as it stands in their sources, with a gap where something is put in. */
const SOURCES = ["apps", "packages"]
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name, "src")))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n")
  .replaceAll(/\$\{[^}]*\}/g, "…");

describe("a command of a page", () => {
  it("is put together over lines, without its comment, and may say how it ends", () => {
    expect(commandsIn("# first\na b \\\n  c   # exits 1 where it is not\n\necho '#'\n")).toEqual([
      { typed: "a b c", exits: 1 },
      { typed: "echo '#'", exits: 0 },
    ]);
  });

  it.each([
    ["halctl nodes list", "program"],
    ["sudo -u hal-supervisor hal-supervisor db check", "program"],
    ["sudo ss -tlnp | grep hal-supervisor", "program"],
    ["sudo systemctl restart hal-agent", "host"],
    ["npm run lint", "repository"],
    ["sudo systemctl restart hal-agnet", undefined],
    ["sudo journalctl --vacuum=30d", undefined],
    ["npm run lind", undefined],
    ["ss -tlnp | awk 1", undefined],
    ["rm -rf /var/lib/hal-o-swarm", undefined],
  ])("is run by what knows it: %s", (typed, kind) => {
    expect(kindOf(typed)).toBe(kind);
  });
});

describe("the pages that people type from", () => {
  it("have nothing but commands that a test types", () => {
    expect(COMMANDS.length).toBeGreaterThan(150);
    expect(COMMANDS.filter(({ typed }) => kindOf(typed) === undefined)).toEqual([]);
  });

  it("use each kind of command of the machine that is known", () => {
    const used = new Set(COMMANDS.map(({ typed }) => hostCommandOf(typed)?.kind));
    for (const kind of ["systemctl", "journalctl", "editor", "deploy", "prometheus", "clock"])
      expect(used).toContain(kind);
  });

  it("ask our scripts for nothing that they do not know", () => {
    expect(COMMANDS.flatMap(({ typed }) => problemOf(typed) ?? [])).toEqual([]);
  });

  it("reload only what a unit reloads", () => {
    const units = COMMANDS.flatMap(({ typed }) => /systemctl reload (\S+)$/.exec(typed)?.[1] ?? [])
      .map((unit) => join(ROOT, "deploy", "units", `${unit}.service`))
      .filter((file) => existsSync(file));
    for (const file of units) expect(readFileSync(file, "utf8")).toMatch(/^ExecReload=/m);
  });

  it.each(PAGES)("lead somewhere: %s", (page) => {
    const links = [...withoutCode(textOf(page)).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(
      ([, link]) => link as string,
    );
    const broken = links.filter((link) => {
      const [name = "", anchor] = link.split("#");
      const file = name === "" ? page : join(dirname(page), name);
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("show of an incident that no story makes what a program says", () => {
    const said = (line: string): boolean => line.split("…").every((part) => SOURCES.includes(part.trim()));
    const sections = sectionsOf("docs/RUNBOOK.md").filter(({ title }) => NOT_MADE.includes(title));
    expect(sections.map(({ title }) => title).toSorted()).toEqual(NOT_MADE.toSorted());
    const shown = sections.flatMap((section) => section.shown);
    expect(shown.length).toBeGreaterThanOrEqual(NOT_MADE.length);
    expect(shown.filter((line) => !said(line))).toEqual([]);
  });

  it("have in the runbook for each incident how it is over, and a way to it from the table", () => {
    const table = sectionsOf("docs/RUNBOOK.md")[0];
    expect(table?.title).toBe("");
    const [head = "", ...incidents] = textOf("docs/RUNBOOK.md").split(/^## /m);
    for (const incident of incidents) {
      const title = incident.split("\n")[0] as string;
      expect(head).toContain(`(#${anchorOf(title)})`);
      expect([title, title === "Begin here" || /\bOver when\b/.test(incident)]).toEqual([title, true]);
    }
  });
});
