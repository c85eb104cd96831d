import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Benchmark, type Figure, relative } from "../benchmark.ts";
import { executable } from "../../e2e/harness/program.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { startFleet } from "../harness/helpers.ts";
import { interleave, summarise } from "../harness/statistics.ts";

/** What a person waits for at the terminal. */
export const halctl: Benchmark = {
  name: "halctl",
  goal: "--version ≤ 1.5 × node -e 0; nodes list ≤ 4 ×",
  async run(options) {
    const supervisor = options.closers.use("supervisor", await BenchSupervisor.start(options.folder("halctl")));
    const fleet = startFleet(options);
    await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: 10 });
    const env = {
      PATH: process.env["PATH"],
      HALCTL_SUPERVISOR_URL: supervisor.url,
      HALCTL_AUTH_TOKEN: supervisor.token,
    };
    const run = async (...args: string[]): Promise<number> => {
      const began = performance.now();
      const child = spawn(process.execPath, args, { env, stdio: "ignore" });
      const [code] = (await once(child, "exit")) as [number];
      if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}`);
      return performance.now() - began;
    };
    const program = executable("halctl");
    const rounds = options.quick ? 5 : 25;
    await run(program, "nodes", "list");
    const beside = async (args: readonly string[], most: number): Promise<Figure> => {
      const measured = summarise(
        await interleave(
          rounds,
          () => run(program, ...args),
          () => run("-e", "0"),
        ),
      );
      const figure = `halctl ${args.join(" ")}`;
      return relative(figure, measured, "ms", { goal: `≤ ${most} × node -e 0`, ok: measured.ratio <= most });
    };
    return [await beside(["--version"], 1.5), await beside(["nodes", "list"], 4)];
  },
};
