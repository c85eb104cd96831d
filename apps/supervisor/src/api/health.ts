import { probeWritable } from "@hal/store/supervisor";
import type { Context } from "../context.ts";
import { time } from "../flows/views.ts";

/** The process is alive. */
export function health(context: Context) {
  return { status: "healthy" as const, components: {}, timestamp: time(context.clock.now()) };
}

interface Component {
  readonly status: "ok" | "error" | "disabled";
  readonly error?: string;
}

/** The supervisor can do its work: the database takes writes, and it is not stopping. */
export async function readiness(context: Context) {
  const components: Record<string, Component> = {
    database: await database(context),
    websocket_hub: context.stopping.aborted ? { status: "error", error: "stopping" } : { status: "ok" },
    command_dispatcher: context.stopping.aborted ? { status: "error", error: "stopping" } : { status: "ok" },
    cost_aggregator: { status: "disabled" },
  };
  const healthy = Object.values(components).every(({ status }) => status !== "error");
  return { status: healthy ? "healthy" : "unhealthy", components, timestamp: time(context.clock.now()) };
}

async function database(context: Context): Promise<Component> {
  const { problem } = context.storage;
  if (problem !== undefined) return { status: "error", error: problem };
  try {
    await probeWritable(context.store);
    return { status: "ok" };
  } catch (error) {
    return { status: "error", error: (error as Error).message };
  }
}
