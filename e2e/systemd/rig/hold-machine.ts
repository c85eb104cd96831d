// hold-machine.ts SUITE: boots a machine, says where it is, and waits to be killed.
import { baseRoot, SUITES } from "./base-root.ts";
import { Machine } from "./machine.ts";

const suite = SUITES.find((name) => name === process.argv[2]) ?? "bookworm";
const machine = new Machine({ name: "held", base: baseRoot(suite, "tools", console.error) });
await machine.boot();
await machine.must("systemd-run sleep infinity");
console.log(machine.folder);
setInterval(() => undefined, 1_000);
