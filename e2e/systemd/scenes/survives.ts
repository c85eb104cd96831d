import { expect } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import type { Report } from "../../harness/report.ts";
import type { Installation } from "../installation.ts";
import type { TestBed } from "../test-bed.ts";

/** Long enough that a turn is under way while something is done to the daemons; a tick is a tenth of a second. */
const LONG = "[[slow: 150]]";
const LAST_WORD = "tick149";

/** What becomes of running sessions, of opencode and of the database when daemons are restarted, stopped, killed or lose power. */
export async function survives(bed: TestBed, report: Report): Promise<void> {
  await using machine = await bed.machine("survivor");
  const installation = await bed.running(machine, ["engine", "notes"]);
  report.showOnFailure(() => [journals.last]);
  const journals = { last: "" };
  const step = (name: string, work: () => Promise<void>) =>
    report.step(name, async () => {
      try {
        await work();
      } catch (error) {
        journals.last = await installation.journal();
        throw error;
      }
    });

  await step("a restart of the agent leaves opencode and its turns alive, and the next agent adopts them", () =>
    leavesTurn(installation, () => machine.must("systemctl restart hal-agent")),
  );
  await step("a restart of the supervisor does, too", () =>
    leavesTurn(installation, () => machine.must("systemctl restart hal-supervisor")),
  );
  await step("both killed by kill -9: they are started again, and the turn goes on", async () => {
    await leavesTurn(installation, () =>
      machine.must("systemctl kill --kill-who=main -s KILL hal-supervisor hal-agent"),
    );
    for (const unit of ["hal-supervisor", "hal-agent"]) expect(await installation.show(unit, "NRestarts")).toBe("1");
  });
  await step("a supervisor that hangs is killed by its watchdog, and started again", () =>
    leavesTurn(installation, () => hangs(installation, "hal-supervisor")),
  );
  await step("an agent that hangs is, too, and the turn goes on", () =>
    leavesTurn(installation, () => hangs(installation, "hal-agent")),
  );
  await step("a command of a session that takes all the memory is killed, and nothing else", () =>
    takesMemory(installation),
  );
  await step("a stop of the agent ends opencode, and all that it started", async () => {
    const pid = installation.opencodePid();
    await machine.must("systemctl stop hal-agent");
    expect(await installation.isRunning(pid)).toBe(false);
    expect(await machine.run("pgrep -u hal-agent -a")).toMatchObject({ stdout: "" });
    await machine.must("systemctl start hal-agent");
    await installation.nodesUp();
  });
  await step(
    "a power cut: what is enabled comes back, nothing that was told is lost, and the turn is told as interrupted",
    () => losesPower(installation),
  );
}

/** A turn runs while that is done to the daemons; it ends as if nothing had been, in the same opencode. */
async function leavesTurn(installation: Installation, done: () => Promise<unknown>): Promise<void> {
  await installation.nodesUp();
  const pid = installation.opencodePid();
  const id = await installation.begin("engine", LONG);
  await installation.sessionIn(id, "busy");
  const before = await installation.events(id);
  await done();
  await installation.nodesUp();
  expect(installation.opencodePid()).toBe(pid);
  expect(await installation.isRunning(pid)).toBe(true);
  await installation.sessionIn(id, "idle");
  const messages = await installation.messages(id);
  expect(messages.at(-1)?.text).toContain(LAST_WORD);
  expect(messages.map(({ state }) => state)).not.toContain("interrupted");
  const after = await installation.events(id);
  expect(after.slice(0, before.length).map(({ id: event }) => event)).toEqual(before.map(({ id: event }) => event));
  const ends = after.filter(({ type }) => type === "session.idle");
  if (ends.length !== 1)
    throw new Error(
      `told ${ends.length} times that it is idle: ${JSON.stringify(after.map(({ type, data }) => [type, data]))}`,
    );
}

async function hangs(installation: Installation, unit: string): Promise<void> {
  const before = Number(await installation.show(unit, "NRestarts"));
  const pid = await installation.show(unit, "MainPID");
  await installation.machine.must(`kill -STOP ${pid}`);
  try {
    await eventually(async () => expect(Number(await installation.show(unit, "NRestarts"))).toBe(before + 1), 90_000);
  } finally {
    // where nobody has ended it, what follows is not to meet it as it is
    await installation.machine.run(`kill -CONT ${pid}`);
  }
  expect(await installation.machine.must(`journalctl -u ${unit} -n 100 --no-pager`)).toMatch(/watchdog timeout/i);
}

/** opencode's tool is in the agent's cgroup, which is made small, so that the test bed's memory is not what is taken. */
async function takesMemory(installation: Installation): Promise<void> {
  const { machine } = installation;
  const pid = installation.opencodePid();
  const agent = await installation.show("hal-agent", "MainPID");
  await machine.must("systemctl set-property --runtime hal-agent MemoryMax=1500M");
  const command = { command: "tail /dev/zero; echo ended with $?", description: "takes all memory" };
  const id = await installation.begin("notes", `[[tool: bash ${JSON.stringify(command)}]] [[say: went on]]`);
  await installation.sessionIn(id, "idle");
  expect((await installation.messages(id)).at(-1)?.text).toContain("went on");
  expect(installation.opencodePid()).toBe(pid);
  expect(await installation.isRunning(pid)).toBe(true);
  expect(await installation.show("hal-agent", "MainPID")).toBe(agent);
  await machine.must("systemctl set-property --runtime hal-agent MemoryMax=4G");
}

async function losesPower(installation: Installation): Promise<void> {
  const { machine } = installation;
  await machine.must("systemctl enable hal-supervisor hal-agent");
  const sessions = await installation.api<{ id: string }[]>("/sessions?limit=1000");
  const id = await installation.begin("engine", "[[slow: 600]]");
  await installation.sessionIn(id, "busy");
  const before = await installation.events(id);
  await machine.powerCut();
  await machine.boot();
  await installation.haveModel();
  await installation.nodesUp();
  const after = await installation.api<{ id: string }[]>("/sessions?limit=1000");
  expect(after.map((session) => session.id).toSorted()).toEqual(
    [...sessions.map((session) => session.id), id].toSorted(),
  );
  const told = await installation.events(id);
  expect(told.slice(0, before.length).map((event) => event.id)).toEqual(before.map((event) => event.id));
  await eventually(async () => {
    expect((await installation.messages(id)).map(({ state }) => state)).toContain("interrupted");
  });
  await machine.must('test "$(sqlite3 /var/lib/hal-o-swarm/supervisor.db "PRAGMA integrity_check;")" = ok');
}
