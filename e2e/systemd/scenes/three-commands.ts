import { expect } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import type { Report } from "../../harness/report.ts";
import { Installation, MEDIA } from "../installation.ts";
import type { Machine } from "../rig/machine.ts";
import type { TestBed } from "../test-bed.ts";

const TOKEN = "a-token-of-a-fleet-that-is-long-enough";
const FROM = `--from ${MEDIA.release}`;

/** From nothing to a fleet of two: one command on the machine of the supervisor, and one on each node. */
export async function threeCommands(bed: TestBed, report: Report): Promise<void> {
  await using hub = await bed.machine("hub", { has: "bare" });
  await using first = await bed.machine("ada", { has: "bare", opencode: true });
  await using second = await bed.machine("bob", { has: "bare", opencode: true });
  const nodes = [first, second] as const;
  for (const [index, node] of nodes.entries()) {
    const network = `10.7.${index + 1}`;
    hub.connect({ port: `lan${index}`, address: `${network}.1` }, node, { port: "lan0", address: `${network}.2` });
    node.write("/root/hub", `${network}.1`);
  }
  // how a token gets to a machine is whoever sets that up's affair
  for (const machine of [hub, ...nodes]) machine.write("/root/token", `${TOKEN}\n`, 0o600);

  await report.step("three commands make a running fleet of two", async () => {
    const began = performance.now();
    await installed(hub, "--supervisor --halctl --start --token-file /root/token");
    for (const node of nodes)
      await installed(
        node,
        `--agent --start --token-file /root/token --supervisor-url ws://${node.read("/root/hub")}:8420`,
      );
    await eventually(() => expectFleet(hub), 60_000);
    report.note(
      `from nothing to two nodes online: ${((performance.now() - began) / 1_000).toFixed(1)} s, one command after the other`,
    );
  });
  await report.step("S42 each has an identity of its own", async () => {
    const identities = nodes.map((node) => node.read("/var/lib/hal-o-swarm/agent/identity.json"));
    expect(new Set(identities).size).toBe(2);
  });
  await report.step("S51 the fleet comes together again when the supervisor's machine loses its power", async () => {
    await hub.must("systemctl enable hal-supervisor");
    await hub.powerCut();
    await hub.boot();
    for (const [index, node] of nodes.entries()) {
      const network = `10.7.${index + 1}`;
      hub.connect({ port: `lan${index}`, address: `${network}.1` }, node, { port: "lan0", address: `${network}.2` });
    }
    await eventually(() => expectFleet(hub), 90_000);
  });
}

async function installed(machine: Machine, args: string): Promise<void> {
  await new Installation(machine).mustScript("install-release.sh", `${args} ${FROM}`);
}

async function expectFleet(hub: Machine): Promise<void> {
  const said = await hub.must(`HALCTL_AUTH_TOKEN=${TOKEN} halctl --supervisor-url ws://localhost:8420 nodes list`);
  if (!/ada\s+online/.test(said) || !/bob\s+online/.test(said)) throw new Error(said);
}
