import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Panel, readDashboard, readRules } from "../monitoring.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string): string => readFileSync(`${ROOT}${file}`, "utf8");

const RULES = readRules();
const DASHBOARD = readDashboard();
const PANELS = DASHBOARD.panels.filter(({ type }) => type !== "row");
const QUERIES = PANELS.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Families with the kind that each is of. */
const FAMILIES = new Map(
  [...read("docs/metrics.md").matchAll(/^\| `(hal_o_swarm_\w+)(\{[^}]*\})?` \| (\w+) \|/gm)].map(
    ([, name, labels = "", type]) => [
      name as string,
      { type: type as string, labels: [...labels.matchAll(/\w+/g)].map(([label]) => label) },
    ],
  ),
);

/** Each selector of an expression: its family, and the labels that it names. */
function selectorsIn(expr: string): { readonly family: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/\b(hal_o_swarm_\w+)(?:\{([^}]*)\})?/g)].map(([, name = "", matchers = ""]) => ({
    family: FAMILIES.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, ""),
    labels: [...matchers.matchAll(/(\w+)\s*[=!]/g)].map(([, label]) => label as string),
  }));
}

describe("deploy/monitoring", () => {
  it.each([
    ["rules", RULES.map(({ expr }) => expr)],
    ["dashboard", QUERIES],
  ])("asks for nothing that is not in docs/metrics.md: %s", (_, expressions) => {
    const selectors = expressions.flatMap(selectorsIn);
    expect(selectors.length).toBeGreaterThan(20);
    const unknown = selectors.filter(
      ({ family, labels }) =>
        !labels.every((label) => FAMILIES.get(family)?.labels.includes(label)) || !FAMILIES.has(family),
    );
    expect(unknown).toEqual([]);
  });

  it("takes rates of counters and histograms alone, and of each counter one", () => {
    for (const expr of [...RULES.map((rule) => rule.expr), ...QUERIES]) {
      const rated = [...expr.matchAll(/\b(?:rate|increase)\((hal_o_swarm_\w+)/g)].map(([, name]) => name as string);
      for (const name of rated)
        expect([name, name.endsWith("_bucket") ? "counter" : FAMILIES.get(name)?.type]).toEqual([name, "counter"]);
      const counters = selectorsIn(expr).filter(({ family }) => FAMILIES.get(family)?.type === "counter");
      expect([expr, counters.length]).toEqual([expr, rated.filter((name) => !name.endsWith("_bucket")).length]);
    }
  });

  it("has alerts that say how urgent they are, and which part of the runbook helps", () => {
    expect(RULES.length).toBeGreaterThan(20);
    const runbook = [...read("docs/RUNBOOK.md").matchAll(/^## (.*)$/gm)].map(([, title]) =>
      (title as string)
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    for (const { alert, severity, summary, runbook: link } of RULES) {
      expect([alert, severity]).toEqual([alert, expect.stringMatching(/^(?:critical|warning|info)$/)]);
      expect([alert, summary.length > 10]).toEqual([alert, true]);
      expect(runbook.map((anchor) => `docs/RUNBOOK.md#${anchor}`)).toContain(link);
    }
  });

  it("has a test for promtool of each alert, and none of one that there is not", () => {
    const tested = [...read("deploy/monitoring/hal-o-swarm.rules.test.yml").matchAll(/alertname="(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(new Set(tested)).toEqual(new Set(RULES.map(({ alert }) => alert)));
    expect(new Set(RULES.map(({ alert }) => alert)).size).toBe(RULES.length);
  });

  it("has an Alertmanager that knows the severities and alerts which it names", () => {
    const text = read("deploy/monitoring/alertmanager.yml");
    for (const [, severity] of text.matchAll(/severity="(\w+)"/g))
      expect(RULES.map((rule) => rule.severity)).toContain(severity);
    for (const [, alert] of text.matchAll(/alertname="(\w+)"/g))
      expect(RULES.map((rule) => rule.alert)).toContain(alert);
  });

  it("has a dashboard of the shape that Grafana imports", () => {
    expect(DASHBOARD).toMatchObject({
      uid: expect.stringMatching(/^[\w-]{1,40}$/),
      title: expect.any(String),
      schemaVersion: expect.any(Number),
      time: { from: expect.any(String), to: expect.any(String) },
      templating: { list: [{ name: "datasource", type: "datasource", query: "prometheus" }] },
    });
    expect(new Set(DASHBOARD.panels.map(({ id }) => id)).size).toBe(DASHBOARD.panels.length);
    for (const panel of PANELS) {
      expect(panel).toMatchObject({
        type: expect.stringMatching(/^(?:stat|timeseries)$/),
        title: expect.any(String),
        datasource: { type: "prometheus", uid: "${datasource}" },
        fieldConfig: { defaults: { unit: expect.any(String) }, overrides: [] },
      });
      expect(panel.targets?.length).toBeGreaterThan(0);
      expect(new Set(panel.targets?.map(({ refId }) => refId)).size).toBe(panel.targets?.length);
    }
  });

  it("has panels that lie in the grid and not over one another", () => {
    const cells = DASHBOARD.panels.flatMap(cellsOf);
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of DASHBOARD.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});

function cellsOf({ gridPos: { x, y, w, h } }: Panel): string[] {
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`);
}
