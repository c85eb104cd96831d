import { type Benchmark, type BenchmarkOptions, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { controlClient } from "../harness/control-client.ts";
import { startFleet, startPlatforms } from "../harness/helpers.ts";
import { percentile, summarise } from "../harness/statistics.ts";

const RUNNING = 100;
const AT_ONCE = 100;
/** The supervisor takes 32 calls at a time of each. */
const OPERATORS = 5;
const MOST_MS = 1_000;

/** How long people on Slack and Discord wait until what they typed is acknowledged, while a hundred commands run. */
export const acknowledged: Benchmark = {
  name: "acknowledged",
  goal: "p99 ≤ 1,000 ms",
  async run(options) {
    const platforms = startPlatforms(options);
    const channels = await platforms.call("section");
    const supervisor = options.closers.use(
      "supervisor",
      await BenchSupervisor.start(options.folder("acknowledged"), { channels }),
    );
    await platforms.call("connected");
    const commands = await commandsOn(options, supervisor);

    const perRound = options.quick ? 2 : 10;
    const typed = async (): Promise<number[]> => {
      const waits: number[] = [];
      for (let time = 0; time < perRound; time += 1) waits.push(...(await platforms.call("type", AT_ONCE)));
      return waits;
    };
    await typed(); // until the code is warm
    const rounds: { readonly busy: number[]; readonly idle: number[] }[] = [];
    for (let round = 0; round < (options.quick ? 1 : 5); round += 1) {
      const idle = await typed();
      const running = commands.run();
      const busy = await typed();
      options.note(`${await running.stop()} commands were done while ${busy.length} were acknowledged`);
      rounds.push({ busy, idle });
    }
    const measured = summarise(
      rounds.map(({ busy, idle }) => ({ value: percentile(busy, 99), baseline: percentile(idle, 99) })),
    );
    return [
      relative(`${AT_ONCE} commands typed at once are acknowledged while ${RUNNING} run, p99`, measured, "ms", {
        goal: "≤ 1,000 ms; beside the same while none runs",
        ok: measured.value <= MOST_MS,
      }),
    ];
  },
};

interface Commands {
  /** From now on a hundred of them run at any time; `stop` says how many were done. */
  run(): { stop(): Promise<number> };
}

async function commandsOn(options: BenchmarkOptions, supervisor: BenchSupervisor): Promise<Commands> {
  const fleet = startFleet(options);
  await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: RUNNING });
  await fleet.call("answerCommands", { folder: options.folder("agents") });
  const nodes = await fleet.call("nodeIds");
  const operators = Array.from({ length: OPERATORS }, () => controlClient(supervisor.url, supervisor.token));
  options.closers.add("operators", async () => void (await Promise.all(operators.map((one) => one.close()))));
  return {
    run() {
      const stopping = new AbortController();
      let done = 0;
      const workers = nodes.map(async (id, index) => {
        while (!stopping.signal.aborted) {
          const answer = await operators[index % OPERATORS]?.call("nodes.check", { id });
          const state = answer?.output.command.state;
          if (state !== "succeeded") throw new Error(`the command is ${state}`);
          done += 1;
        }
      });
      return {
        async stop() {
          stopping.abort();
          await Promise.all(workers);
          return done;
        },
      };
    },
  };
}
