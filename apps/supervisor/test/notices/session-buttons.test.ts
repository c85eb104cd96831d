import { afterEach, describe, expect, it } from "vitest";
import { BUSY, ChatStage, FAILED, RESTS, STARTED } from "../support/chat-stage.ts";
import { until } from "../support/until.ts";

const WATCHED = (kind: string) => [{ match: "session.error || session.idle", target: `${kind}#alerts` }];

describe.each(["slack", "discord"] as const)("the buttons of a session on %s", (kind) => {
  let chat: ChatStage;
  afterEach(() => chat[Symbol.asyncDispose]());
  const open = async (more: object = {}): Promise<void> => {
    chat = await ChatStage.open(kind, { routes: WATCHED(kind), ...more });
  };
  const ann = (): string => chat.platform.ann;
  const bob = (): string => chat.platform.bob;
  const prompted = {
    messageId: "m1",
    role: "user",
    state: "complete",
    text: "fix the tests\nall of them",
    createdAt: 2,
  };

  it("say what rested or failed, what it was told, and what can be done", async () => {
    await open();
    await chat.tell(STARTED, ["session.message", prompted], BUSY, FAILED);
    const failed = await chat.shown(/web on box failed: APIError: overloaded/);
    expect(failed).toMatch(/Resume has it go on where it failed/);
    expect(failed).toMatch(/All that is known of it: why ses_one/);
    expect(failed).toMatch(/Told last[^]*fix the tests\n/);
    expect(chat.labels).toEqual(["Resume", "Restart…", "Kill…"]);
    await chat.tell(BUSY);
    await chat.shown(/web on box is at work/);
    expect(chat.labels).toEqual([]);
    await chat.tell(RESTS);
    await chat.shown(/web on box rests: finished its turn/);
    await until(() => expect(chat.labels).toEqual(["Resume", "Restart…", "Kill…"]));
    expect(chat.platform.problems).toEqual([]);
  });

  it("resume it, once, and the message says who did, until a newer one shows how it is", async () => {
    await open();
    await chat.tell(STARTED, BUSY, RESTS);
    const resume = await chat.button("Resume");
    await resume.press(ann());
    const command = await chat.agent.next("command");
    expect(command).toMatchObject({ command: "session.prompt", args: { text: expect.stringContaining("Continue") } });
    await chat.done(command, BUSY);
    await chat.shown(/web on box is at work/);
    await chat.shown(new RegExp(`ann on (Slack|Discord) pressed Resume at \\d\\d:\\d\\d UTC`));
    expect(chat.labels).toEqual([]);
    await resume.press(ann());
    await chat.told(ann(), /Resume was pressed already/);
    await chat.tell(RESTS);
    await chat.shown(/web on box has gone on since[^]*pressed Resume at[^]*A newer message shows how it is/);
    const next = await chat.button("Resume");
    await next.press(ann());
    expect(await chat.agent.next("command")).toMatchObject({ command: "session.prompt" });
    expect(chat.platform.messages().filter(({ isInThread }) => !isInThread)).toHaveLength(2);
  });

  it("are another ones once somebody else has it go on, and the old ones say so", async () => {
    await open();
    await chat.tell(STARTED, BUSY, RESTS);
    const resume = await chat.button("Resume");
    await chat.tell(BUSY);
    await resume.press(ann());
    await chat.told(ann(), /web on box is at work: there is nothing to resume/);
    await chat.shown(/web on box is at work/);
    await chat.tell(RESTS);
    await chat.shown(/web on box rests/);
    await resume.press(ann());
    await chat.told(ann(), /web on box has worked since, and rests: finished its turn/);
    expect(chat.agent.count("command")).toBe(0);
  });

  it("kill it when whoever pressed has typed its name, and for what it does by then", async () => {
    await open();
    await chat.tell(STARTED, ["session.message", prompted], BUSY, RESTS);
    const kill = await chat.button("Kill…");
    await chat.tell(BUSY);
    await kill.press(ann());
    const form = await chat.form();
    expect(form.text).toMatch(/Not as the message shows it: web on box is at work/);
    expect(form.text).toMatch(/It was told last: fix the tests/);
    expect(form.text).toMatch(/It ends for good/);
    await form.submit({ word: "something" });
    await chat.told(ann(), /nothing was done: web was not typed/);
    expect(chat.agent.count("command")).toBe(0);
    await kill.press(ann());
    await (await chat.form()).submit({ word: "web" });
    const command = await chat.agent.next("command");
    expect(command).toMatchObject({ command: "session.kill", args: { sessionId: "ses_one" } });
    await chat.done(command, ["session.ended", { reason: "killed" }]);
    await chat.shown(/web on box has ended/);
    await chat.shown(new RegExp(`ann on (Slack|Discord) pressed Kill at`));
    expect(chat.labels).toEqual([]);
    await kill.press(ann());
    await chat.told(ann(), /Kill… was pressed already/);
    expect(await chat.audit("sessions.kill")).toMatchObject([{ actor: `${kind}:${ann()}`, surface: "chat" }]);
  });

  it("do not kill what began while somebody typed", async () => {
    await open();
    await chat.tell(STARTED, BUSY, RESTS);
    await (await chat.button("Kill…")).press(ann());
    const form = await chat.form();
    await chat.tell(BUSY);
    await form.submit({ word: "web" });
    await chat.told(ann(), /it has begun something meanwhile/);
    expect(chat.agent.count("command")).toBe(0);
  });

  it("restart it after what is lost was confirmed", async () => {
    await open();
    await chat.tell(STARTED, BUSY, FAILED);
    await (await chat.button("Restart…")).press(ann());
    const form = await chat.form();
    expect(form.text).toMatch(/without this conversation/);
    await form.submit({ word: "web" });
    expect(await chat.agent.next("command")).toMatchObject({ command: "session.restart" });
    await chat.shown(/pressed Restart at/);
  });

  it("come back where what they began came to nothing, and whoever pressed is told why", async () => {
    await open();
    await chat.tell(STARTED, BUSY, FAILED);
    const resume = await chat.button("Resume");
    await resume.press(ann());
    const command = await chat.agent.next("command");
    const error = { code: "opencode_error", message: "opencode said no" };
    await chat.tell(["command.failed", { commandId: command["id"], error }]);
    await chat.told(ann(), /Resume came to nothing: .*opencode said no/);
    await until(() => expect(chat.labels).toEqual(["Resume", "Restart…", "Kill…"]));
    await (await chat.button("Resume")).press(ann());
    expect((await chat.agent.next("command"))["id"]).not.toBe(command["id"]);
  });

  it("are nobody's who may not, nor a forger's, and a form is of whoever was asked", async () => {
    await open();
    await chat.tell(STARTED, BUSY, FAILED);
    const [resume, kill] = [await chat.button("Resume"), await chat.button("Kill…")];
    await resume.press(bob());
    await chat.told(bob(), /Resume needs the role operator/);
    await kill.press(bob());
    await chat.told(bob(), /Kill… needs the role operator/);
    expect(chat.platform.forms).toEqual([]);
    await kill.press(ann(), { id: "sessions.kill:ses_one" });
    await chat.told(ann(), /This button does nothing any more/);
    const others = (await chat.audit("sessions.kill")).concat(await chat.audit("sessions.resume"));
    expect(others).toMatchObject([{ actor: `${kind}:${bob()}`, result: "refused" }, { result: "refused" }]);
    expect(await chat.audit("chat")).toMatchObject([{ actor: `${kind}:${ann()}`, result: "refused" }]);
    await kill.press(ann());
    const form = await chat.form();
    await form.submit({ word: "web" }, bob());
    await chat.told(bob(), /Kill… needs the role operator/);
    expect(chat.agent.count("command")).toBe(0);
  });

  it("of a form that was open for too long do nothing", async () => {
    let ahead = 0;
    await open({ clock: { now: () => Date.now() + ahead } });
    await chat.tell(STARTED, BUSY, FAILED);
    await (await chat.button("Kill…")).press(ann());
    const form = await chat.form();
    ahead = 20 * 60_000;
    await form.submit({ word: "web" });
    await chat.told(ann(), /asked too long ago/);
    expect(chat.agent.count("command")).toBe(0);
  });

  it("work over a restart of the supervisor", async () => {
    await open();
    await chat.tell(STARTED, BUSY, RESTS);
    const resume = await chat.button("Resume");
    await chat.stage.restart();
    await chat.come();
    await chat.platform.connected();
    await resume.press(ann());
    expect(await chat.agent.next("command")).toMatchObject({ command: "session.prompt" });
  });

  it("are closed at every message of it, and of a message that is an older one, too", async () => {
    const match = "session.error || session.idle";
    const routes = ["alerts", "dev-log"].map((name) => ({ match, target: `${kind}#${name}` }));
    await open({ channels: ["alerts", "dev-log"], routes });
    await chat.tell(STARTED, BUSY, RESTS);
    const [here, there] = [await chat.button("Resume"), await chat.button("Resume", "dev-log")];
    await here.press(ann());
    await chat.done(await chat.agent.next("command"), BUSY);
    await chat.shown(new RegExp(`ann on (Slack|Discord) pressed Resume at`), "dev-log");
    await there.press(ann());
    await chat.told(ann(), /Resume was pressed already/);
    await chat.tell(RESTS);
    await chat.shown(/web on box rests/, "dev-log");
    await chat.shown(/web on box rests/);
    const old = await chat.button("Resume");
    await chat.tell(BUSY, FAILED);
    const roots = () => chat.platform.messages().filter(({ isInThread }) => !isInThread);
    await until(() => expect(roots()).toHaveLength(2));
    await old.press(ann());
    await chat.told(ann(), /web on box has worked since, and failed: APIError/);
    await chat.shown(/web on box has gone on since[^]*A newer message shows how it is/);
    expect(roots().map(({ buttons }) => buttons.length)).toEqual([0, 3]);
    expect(chat.agent.count("command")).toBe(0);
  });

  it("are not there where nothing may begin, but to kill", async () => {
    await open();
    await chat.stage.send("POST", "/api/v1/sessions/stop-all", { hold: true, wait_ms: 0 });
    await chat.tell(STARTED, BUSY, FAILED);
    await chat.shown(/web on box failed/);
    await until(() => expect(chat.labels).toEqual(["Kill…"]));
  });
});
