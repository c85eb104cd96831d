import type { CommandReply } from "@hal/protocol";
import type { Agent } from "../../e2e/harness/agent.ts";
import { Stage } from "../../e2e/harness/stage.ts";
import type { BenchmarkOptions } from "../benchmark.ts";

/** A real agent with a real opencode that asks the scripted model. */
export interface AgentStage {
  readonly stage: Stage;
  readonly agent: Agent;
  /** starts a session and returns its id when opencode has the prompt */
  readonly begin: (prompt: string) => Promise<string>;
  /** stops a session's turn */
  readonly abort: (id: string) => Promise<unknown>;
}

/** Brings them up; ready when the agent's opencode is. */
export async function openAgentStage(options: BenchmarkOptions): Promise<AgentStage> {
  const stage = options.closers.use("stage", await Stage.open(await options.opencode()));
  const agent = stage.agent("bench", { permission: { bash: "allow" }, logLevel: "info" });
  await stage.startSupervisor();
  agent.start();
  await stage.nodeUp(agent);
  const post = async <T>(route: string, body: object): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1${route}`, {
      method: "POST",
      headers: { authorization: `Bearer ${stage.token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const { data, error } = (await response.json()) as { readonly data: T; readonly error?: string };
    if (!response.ok) throw new Error(`${route}: ${response.status} ${error}`);
    return data;
  };
  return {
    stage,
    agent,
    begin: async (prompt) => {
      const { session_id: id } = await post<CommandReply>("/sessions", { project: "bench", prompt });
      if (id === null) throw new Error("the session was not started in time");
      return id;
    },
    abort: (id) => post(`/sessions/${id}/abort`, {}),
  };
}
