import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MONITORING } from "../../tools/monitoring.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { endWithUs, forget } from "../harness/reaper.ts";
import { statusOf } from "../harness/status-of.ts";

const EVERY = "500ms";
const WAIT = "1s";

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

/** A Prometheus on loopback with the shipped configuration, but that it looks twice a second, and with the shipped rules, but that no alert waits. */
export class Prometheus implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
    if (child.pid !== undefined) endWithUs("pid", child.pid);
  }

  static async start(folder: string, supervisorPort: number): Promise<Prometheus> {
    const place = path.join(folder, "prometheus");
    mkdirSync(place);
    const text = (name: string): string => readFileSync(path.join(MONITORING, name), "utf8");
    const config = text("prometheus.yml")
      .replaceAll(/_interval: 15s/g, `_interval: ${EVERY}`)
      .replace("supervisor-host:8421", `127.0.0.1:${supervisorPort}`)
      .replace(/^alerting:[^]*$/m, "");
    writeFileSync(path.join(place, "prometheus.yml"), config);
    const rules = text("hal-o-swarm.rules.yml").replaceAll(/^( +for): .*$/gm, `$1: ${WAIT}`);
    writeFileSync(path.join(place, "hal-o-swarm.rules.yml"), rules);
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      "prometheus",
      [
        `--config.file=${path.join(place, "prometheus.yml")}`,
        `--storage.tsdb.path=${path.join(place, "data")}`,
        `--web.listen-address=${address}`,
      ],
      { cwd: place, stdio: "ignore" },
    );
    const prometheus = new Prometheus(child, `http://${address}`);
    await eventually(async () => {
      if ((await statusOf(`http://${address}/-/ready`)) !== 200) throw new Error("Prometheus is not ready");
    });
    return prometheus;
  }

  /** The values of an expression now. */
  async query(expr: string): Promise<number[]> {
    const { result } = await this.#ask<{ readonly result: readonly { readonly value: readonly [number, string] }[] }>(
      `query?${new URLSearchParams({ query: expr }).toString()}`,
    );
    return result.map(({ value }) => Number(value[1]));
  }

  /** Names of the alerts that fire. */
  async firing(): Promise<string[]> {
    const { alerts } = await this.#ask<{
      readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
    }>("alerts");
    return alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels["alertname"] ?? "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode } = this.#child;
    if (exitCode === null) {
      const ended = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill("SIGTERM");
      await ended;
    }
    if (pid !== undefined) forget("pid", pid);
  }

  async #ask<T>(route: string): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${route}`, { signal: AbortSignal.timeout(20_000) });
    const { status, error, data } = (await response.json()) as Answer<T>;
    if (status !== "success") throw new TypeError(`${route}: ${error ?? response.status}`);
    return data;
  }
}
