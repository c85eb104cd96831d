import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import path from "node:path";
import type { Figure } from "./benchmark.ts";

const FOLDER = import.meta.dirname;

/** A benchmark that came to no figure. */
export interface Failure {
  readonly name: string;
  readonly why: string;
}

/** Writes RESULTS.md: this machine, every figure, and beside each what notes.json has to say of it. */
export function writeReport(figures: readonly Figure[], failures: readonly Failure[]): void {
  const notes = JSON.parse(readFileSync(path.join(FOLDER, "notes.json"), "utf8")) as Readonly<Record<string, string>>;
  const rows = figures.map((figure) => row(figure, notes[figure.figure] ?? ""));
  const measured = new Set(figures.map(({ figure }) => figure));
  const others = Object.entries(notes).filter(([figure]) => !measured.has(figure));
  writeFileSync(
    path.join(FOLDER, "RESULTS.md"),
    [
      "# What `npm run bench` measured",
      "",
      "Written by the last full run. Every ratio is to a baseline of the same run; notes come from `notes.json`.",
      "",
      ...machine().map((line) => `- ${line}`),
      "",
      "| Figure | Value | Baseline | Ratio | Goal | Reached | Notes, and why not |",
      "|---|---|---|---|---|---|---|",
      ...rows,
      "",
      ...failures.map(({ name, why }) => `- **${name}** failed: ${oneLine(why)}`),
      ...others.map(([figure, note]) => `- **${figure}**: ${note}`),
      "",
    ].join("\n"),
  );
}

function row({ figure, value, unit, baseline, ratio, goal, ok }: Figure, note: string): string {
  const shown = (number: number | null, of = ""): string => (number === null ? "—" : `${readable(number)}${of}`);
  const cells = [
    figure,
    shown(value, ` ${unit}`),
    shown(baseline, ` ${unit}`),
    shown(ratio),
    goal,
    ok ? "yes" : "**no**",
    note,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function readable(number: number): string {
  if (number >= 100) return Math.round(number).toLocaleString("en");
  return String(Number(number.toPrecision(3)));
}

/** What was measured on, and what. */
export function machine(): string[] {
  const gib = totalmem() / 2 ** 30;
  return [
    `date: ${new Date().toISOString().slice(0, 16)}Z`,
    `commit: ${commitName()}`,
    `machine: ${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, ${gib.toFixed(0)} GiB of memory, ${process.platform}`,
    `Node ${process.versions.node}`,
  ];
}

/** The commit that was measured; `-dirty` where files differ from it. */
function commitName(): string {
  const { status, stdout } = spawnSync("git", ["describe", "--always", "--dirty"], { cwd: FOLDER, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown: not in a git repository";
}
