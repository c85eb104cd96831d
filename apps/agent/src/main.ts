// The driver of the database needs Node-API 10 and ends with a segmentation fault below it.
if (Number(process.versions["napi"] ?? 0) < 10) {
  process.stderr.write(
    `hal-agent: Node ${process.versions.node} is too old; it needs Node 22.19 or newer, 24.11 or newer, or 26\n`,
  );
  process.exit(1);
}
process.title = "hal-agent";
const { runAgent } = await import("./cli.ts");
await runAgent(process);
