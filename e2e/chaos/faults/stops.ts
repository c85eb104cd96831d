import { setTimeout as delay } from "node:timers/promises";
import type { StopAllView } from "@hal/protocol";
import { eventually } from "../../harness/eventually.ts";
import { heldStates } from "../held-state.ts";
import { aWhile, type Fault, restartAgent, type Scene, signalOpencode } from "./fault.ts";

const AT_WORK: ReadonlySet<string> = new Set(["busy", "retrying", "waiting"]);

/** The end of an opencode is noticed, told and folded in so long. */
const TOLD_MS = 15_000;

/** A supervisor that is being restarted is there again in so long. */
const RELEASE_MS = 60_000;

/** People stop things, at moments when that is hard. */
export const STOP_FAULTS: readonly Fault[] = [
  {
    name: "stop all beside a comparison",
    weight: 2,
    happen: (scene) =>
      scene.alone(async () => {
        await workEverywhere(scene);
        scene.world.breakStreams(scene.agent);
        await aWhile(scene.random, 400);
        const answer = await scene.workload.post<StopAllView>("/sessions/stop-all", { wait_ms: 20_000, hold: true });
        if (answer === undefined) throw new Error("stop --all was refused");
        try {
          await restsWhatWasStopped(scene, answer);
          await expectHeld(scene);
        } finally {
          await releaseAll(scene);
        }
      }),
  },
  {
    name: "turns aborted beside a comparison",
    weight: 2,
    happen: async (scene) => {
      await workEverywhere(scene);
      scene.world.breakStreams(scene.agent);
      for (const { id } of (await scene.workload.sessionsOf(scene.agent)).filter(({ status }) => AT_WORK.has(status)))
        await scene.workload.post(`/sessions/${id}/abort`, { wait_ms: 0 });
    },
  },
  {
    name: "commands while the node is away",
    weight: 2,
    async happen(scene) {
      const { agent, workload, random } = scene;
      await workEverywhere(scene);
      const sessions = (await workload.sessionsOf(agent)).toSorted((a, b) => a.id.localeCompare(b.id));
      await agent.stop();
      for (const [index, { id }] of sessions.entries())
        await (index % 3 === 0
          ? workload.post(`/sessions/${id}/kill`, { wait_ms: 0 })
          : index % 3 === 1
            ? workload.post(`/sessions/${id}/abort`, { wait_ms: 0 })
            : workload.prompt(agent, id));
      await aWhile(random);
      agent.start();
    },
  },
  {
    name: "agent killed while its sessions work",
    weight: 2,
    async happen(scene) {
      await workEverywhere(scene);
      await restartAgent(scene, () => delay(scene.random.between(1_000, 5_000)));
    },
  },
  {
    name: "opencode killed and kept from starting",
    weight: 2,
    async happen(scene) {
      const { world, agent, workload } = scene;
      await world.stage.nodeUp(agent);
      await workEverywhere(scene);
      world.letOpencodeStart(agent, false);
      signalOpencode(agent, "SIGKILL");
      await eventually(async () => {
        const working = (await world.rows()).filter(
          ({ node_id: node, status }) => node === agent.nodeId && AT_WORK.has(status),
        );
        const shown = working.map(({ id, status }) => `${id} is ${status}`).join(", ");
        if (working.length > 0) throw new Error(`opencode is dead, and ${shown}`);
      }, TOLD_MS);
      for (const { id } of (await workload.sessionsOf(agent)).slice(0, 2))
        await workload.post(`/sessions/${id}/kill`, { wait_ms: 0 });
      world.letOpencodeStart(agent, true);
    },
  },
];

/** Nothing begins while it is held. */
async function expectHeld({ agent, workload }: Scene): Promise<void> {
  const project = agent.projects[0];
  const begun = await workload.post("/sessions", { project, node: agent.nodeId, prompt: "[[say: no]]", wait_ms: 0 });
  if (begun !== undefined) throw new Error(`a session was started in ${project}, which is held`);
}

/** However often it takes: a chaos that stays held breaks nothing any more. */
async function releaseAll({ workload }: Scene): Promise<void> {
  await eventually(async () => {
    if ((await workload.post("/holds/release", { all: true })) === undefined) throw new Error("nothing was released");
  }, RELEASE_MS);
}

/** Sessions of this agent are at work, for some seconds. */
async function workEverywhere({ agent, workload }: Scene): Promise<void> {
  const sessions = (await workload.sessionsOf(agent)).slice(0, 2);
  for (const session of sessions.length === 0 ? [undefined] : sessions)
    await workload.prompt(agent, session?.id, "[[slow: 60]]");
  await delay(1_000);
}

/** What an answer says is stopped has come to rest in opencode, and what was online has nothing else at work. */
async function restsWhatWasStopped({ world }: Scene, { sessions }: StopAllView): Promise<void> {
  for (const agent of world.agents) {
    const held = await heldStates(agent).catch(() => undefined);
    const liars = sessions.filter(
      ({ session_id: id, stopped }) => stopped && (held?.get(id)?.status ?? "idle") !== "idle",
    );
    if (liars.length > 0)
      throw new Error(`${liars.map(({ session_id: id }) => id).join(", ")} is told as stopped, and works`);
    const missed = [...(held?.values() ?? [])].filter(
      ({ id, status }) => status !== "idle" && !sessions.some(({ session_id: told }) => told === id),
    );
    if (missed.length > 0)
      throw new Error(`stop --all did not name ${missed.map(({ id }) => id).join(", ")}, which works`);
  }
}
