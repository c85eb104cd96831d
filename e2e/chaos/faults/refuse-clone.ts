import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Agent } from "../../harness/agent.ts";
import { eventually } from "../../harness/eventually.ts";
import { executable, Program } from "../../harness/program.ts";
import type { World } from "../world.ts";

/** A copy of a whole data directory, started while the original lives: it must hear that it is not wanted. */
export async function refuseClone(world: World, agent: Agent): Promise<void> {
  await world.stage.nodeUp(agent);
  const folder = path.join(world.stage.folder, "clone");
  cpSync(agent.dataDir, path.join(folder, "data"), {
    recursive: true,
    filter: (source) => !/opencode|agent\.lock|agent\.pid/.test(path.relative(agent.dataDir, source)),
  });
  const config = JSON.parse(readFileSync(agent.config, "utf8")) as Record<string, unknown>;
  const clone = { ...config, data_dir: path.join(folder, "data"), projects: [], opencode: { command: "/nonexistent" } };
  const file = path.join(folder, "agent.config.json");
  writeFileSync(file, JSON.stringify(clone));
  const program = new Program({
    label: "clone",
    file: executable("hal-agent"),
    args: ["--config", file],
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder },
  });
  try {
    await eventually(() => {
      if (!/another live agent has this identity|node secret does not fit/.test(program.log))
        throw new Error(`the clone of ${agent.name} was not refused:\n${program.log.slice(-2_000)}`);
    });
  } finally {
    await program.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
