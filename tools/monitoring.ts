import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where alert rules, their tests, the dashboard and the examples are. */
export const MONITORING = fileURLToPath(new URL("../deploy/monitoring/", import.meta.url));

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly severity: string;
  readonly summary: string;
  readonly runbook: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
}

/** The alert rules, each as its file has it. */
export function readRules(): Rule[] {
  const [, ...rules] = readFileSync(`${MONITORING}hal-o-swarm.rules.yml`, "utf8").split(/^ {6}- alert: /m);
  return rules.map((text) => {
    const valueOf = (key: string): string => new RegExp(`\\b${key}: '?(.*?)'?(?: \\})?$`, "m").exec(text)?.[1] ?? "";
    return {
      alert: text.split("\n")[0] as string,
      expr: valueOf("expr"),
      severity: valueOf("severity"),
      summary: valueOf("summary"),
      runbook: valueOf("runbook"),
    };
  });
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(`${MONITORING}grafana-dashboard.json`, "utf8")) as Dashboard;
}
