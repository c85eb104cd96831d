import { type Benchmark, type BenchmarkOptions, relative } from "../benchmark.ts";
import { BenchSupervisor } from "../harness/bench-supervisor.ts";
import { controlClient } from "../harness/control-client.ts";
import { openDatabase, timeCommits } from "../harness/database.ts";
import { startBareServer, startFleet } from "../harness/helpers.ts";
import { PingPong } from "../harness/ping-pong.ts";
import { percentile, summarise } from "../harness/statistics.ts";

/** dispatch, execution, outcome, ingest */
const COMMITS = 4;
/** about as long as the frames of a command are */
const MESSAGE = JSON.stringify({ text: "x".repeat(350) });

/** Operator → supervisor → agent → outcome in the log → reply, with 1,000 agents connected. */
export const commandRoundTrip: Benchmark = {
  name: "command-round-trip",
  goal: "p50 ≤ 1.5 × + 1 ms; p99 ≤ 3 ×",
  async run(options) {
    const { quick, closers } = options;
    const supervisor = closers.use("supervisor", await BenchSupervisor.start(options.folder("commands")));
    const fleet = startFleet(options);
    await fleet.call("connect", { url: supervisor.url, token: supervisor.token, count: quick ? 200 : 1_000 });
    await fleet.call("answerCommands", { folder: options.folder("agents") });
    const nodes = await fleet.call("nodeIds");

    const operator = controlClient(supervisor.url, supervisor.token);
    closers.add("operator", () => operator.close());
    let asked = 0;
    const command = async (): Promise<number> => {
      asked += 1;
      const id = nodes[asked % nodes.length] as string;
      const began = performance.now();
      const { output } = await operator.call("nodes.check", { id });
      if (output.command.state !== "succeeded") throw new Error(`the command is ${output.command.state}`);
      return performance.now() - began;
    };
    const bare = await bareTrip(options);

    const perRound = quick ? 50 : 250;
    await times(perRound, command); // until the code is warm
    const ours: number[][] = [];
    const theirs: number[][] = [];
    for (let round = 0; round < (quick ? 2 : 6); round += 1) {
      ours.push(await times(perRound, command));
      theirs.push(await times(perRound, bare));
    }
    const at = (percent: number) =>
      summarise(
        ours.map((trips, round) => ({
          value: percentile(trips, percent),
          baseline: percentile(theirs[round] ?? [], percent),
        })),
      );
    const p50 = at(50);
    const p99 = at(99);
    return [
      relative("command round trip, p50", p50, "ms", {
        goal: "≤ 1.5 × + 1 ms",
        ok: p50.value <= 1.5 * p50.baseline + 1,
      }),
      relative("command round trip, p99", p99, "ms", { goal: "≤ 3 ×", ok: p99.ratio <= 3 }),
    ];
  },
};

/** The least that such a trip can cost: two messages there and back, and the commits on the way, one after another. */
async function bareTrip(options: BenchmarkOptions): Promise<() => Promise<number>> {
  const server = startBareServer(options);
  const socket = await PingPong.open(await server.call("url"));
  options.closers.add("bare socket", () => socket.close());
  const disk = openDatabase(options.folder("commits"));
  options.closers.add("bare database", () => disk.close());
  return async () => {
    const messages = (await socket.play(MESSAGE)) + (await socket.play(MESSAGE));
    return timeCommits(disk.driver, COMMITS).reduce((sum, ms) => sum + ms, messages);
  };
}

async function times(count: number, once: () => Promise<number>): Promise<number[]> {
  const measured: number[] = [];
  for (let done = 0; done < count; done += 1) measured.push(await once());
  return measured;
}
