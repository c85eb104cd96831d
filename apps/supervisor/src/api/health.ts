import { errorText } from "@hal/daemon";
import { probeWritable } from "@hal/store/supervisor";
import type { Context } from "../context.ts";
import { time } from "../domain/time.ts";

/** The process is alive. */
export function alive(context: Context) {
  return { status: "healthy" as const, components: {}, timestamp: time(context.clock.now()) };
}

interface Component {
  readonly status: "ok" | "error" | "disabled";
  readonly error?: string;
}

/** The supervisor can do its work: the database takes writes, and it is not stopping. */
export async function readiness(context: Context) {
  const components = { ...(await working(context)), cost_aggregator: { status: "disabled" } as const };
  return { status: isWell(components) ? "healthy" : "unhealthy", components, timestamp: time(context.clock.now()) };
}

/** What works and what does not, in one word each. */
export async function health(context: Context) {
  const components = await working(context);
  const words = Object.entries(components).map(([name, { status }]) => [name, status === "ok" ? "ok" : "unavailable"]);
  return {
    status: isWell(components) ? "healthy" : "degraded",
    components: Object.fromEntries(words) as Record<keyof typeof components, "ok" | "unavailable">,
    timestamp: time(context.clock.now()),
  };
}

async function working(context: Context) {
  const running: Component = context.stopping.aborted ? { status: "error", error: "stopping" } : { status: "ok" };
  return { database: await database(context), websocket_hub: running, command_dispatcher: running };
}

function isWell(components: Readonly<Record<string, Component>>): boolean {
  return Object.values(components).every(({ status }) => status !== "error");
}

async function database(context: Context): Promise<Component> {
  const { problem } = context.storage;
  if (problem !== undefined) return { status: "error", error: problem };
  try {
    await probeWritable(context.store);
    return { status: "ok" };
  } catch (error) {
    return { status: "error", error: errorText(error) };
  }
}
