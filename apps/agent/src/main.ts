import { setFlagsFromString } from "node:v8";

// The driver of the database needs Node-API 10 and ends with a segmentation fault below it.
if (Number(process.versions["napi"] ?? 0) < 10) {
  process.stderr.write(
    `hal-agent: Node ${process.versions.node} is too old; it needs Node 22.19 or newer, 24.11 or newer, or 26\n`,
  );
  process.exit(1);
}
// A guest on its machine: young objects stay in 2 MB instead of growing to 48, and old ones are collected early. Said here
// and not on a command line, so that it holds however the agent is started.
for (const flag of ["--semi-space-growth-factor=1", "--optimize-for-size"]) setFlagsFromString(flag);
process.title = "hal-agent";
const { runAgent } = await import("./cli.ts");
await runAgent(process);
