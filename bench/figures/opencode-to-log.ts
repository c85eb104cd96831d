import { createHttpClient, type EventView } from "@hal/protocol";
import { OpencodeTap } from "../../e2e/harness/opencode-tap.ts";
import { absolute, type Benchmark, type Figure } from "../benchmark.ts";
import { openAgentStage } from "../harness/agent-stage.ts";
import { percentile } from "../harness/statistics.ts";

const PROMPT = [1, 2, 3, 4].map((n) => `[[tool: bash {"command": "echo ${n}", "description": "say ${n}"}]]`).join(" ");

/** From opencode's own event stream to a reader of the log: the row was committed before that. */
export const opencodeToLog: Benchmark = {
  name: "opencode-to-log",
  goal: "p50 ≤ 30 ms, p99 ≤ 80 ms",
  async run(options) {
    const { stage, agent, begin } = await openAgentStage(options);
    const tap = options.closers.use("tap", await OpencodeTap.open(agent.opencode().address));
    const seenAt = new Map<string, number>();
    const leaving = new AbortController();
    options.closers.add("reader of the log", () => leaving.abort());
    const client = createHttpClient({
      url: `http://127.0.0.1:${stage.ports.http}`,
      token: stage.token,
      fetch: (url, init) => fetch(url, init),
    });
    const reading = read(client.stream("events.stream", {}, { signal: leaving.signal }), seenAt);
    await stage.sessionIn(await begin(PROMPT), "idle"); // until the code is warm

    const turns = options.quick ? 4 : 30;
    const warm = new Set(seenAt.keys());
    for (let turn = 0; turn < turns; turn += 1) await stage.sessionIn(await begin(`${PROMPT} [[words: 40]]`), "idle");
    leaving.abort();
    await reading;
    const late = [...seenAt].flatMap(([fact, at]) => {
      const left = warm.has(fact) ? undefined : tap.leftAt(fact);
      return left === undefined ? [] : [at - left];
    });
    options.note(`${late.length} facts of ${turns} turns`);
    if (late.length < turns * 5) throw new Error(`only ${late.length} facts were seen on both sides`);
    return [figureOf("p50", percentile(late, 50), 30), figureOf("p99", percentile(late, 99), 80)];
  },
};

function figureOf(percentileName: string, value: number, most: number): Figure {
  const verdict = { goal: `≤ ${most} ms`, ok: value <= most };
  return absolute(`event at opencode → row in the log, ${percentileName}`, value, "ms", verdict);
}

async function read(stream: AsyncIterable<{ readonly item: EventView }>, seenAt: Map<string, number>): Promise<void> {
  try {
    for await (const { item } of stream) {
      const fact = factOf(item);
      if (fact !== undefined && !seenAt.has(fact)) seenAt.set(fact, Date.now());
    }
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
  }
}

/** A name for what a row of the log says, the same as the tap gives to what opencode says. */
function factOf({ type, session_id: session, data }: EventView): string | undefined {
  const { messageId, callId } = data as { readonly messageId?: string; readonly callId?: string };
  if (type === "session.message") return `message ${messageId}`;
  if (type === "tool.execute.after") return `tool ${callId}`;
  return type === "session.idle" ? `idle ${session}` : undefined;
}
