import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUSY, ChatStage, FAILED, STARTED } from "../support/chat-stage.ts";
import type { SeenButton } from "../support/chat-platform.ts";
import { until } from "../support/until.ts";

describe.each(["slack", "discord"] as const)("what destroys, typed behind a mention on %s", (kind) => {
  let chat: ChatStage;
  let ahead: number;
  beforeEach(async () => {
    ahead = 0;
    chat = await ChatStage.open(kind, { clock: { now: () => Date.now() + ahead } });
    await chat.tell(STARTED, BUSY, FAILED);
    await chat.shown(/web on box failed/);
  });
  afterEach(() => chat[Symbol.asyncDispose]());
  const ann = (): string => chat.platform.ann;
  const bob = (): string => chat.platform.bob;

  /** The button that opens the form: Slack shows it to that person alone, Discord cannot. */
  const asked = (): Promise<SeenButton> =>
    until(() => {
      const all = [...chat.platform.toldTo(ann()), ...chat.platform.messages()];
      const found = all.flatMap(({ buttons }) => buttons).find(({ label }) => label === "kill…");
      if (found === undefined) throw new Error(`nobody was asked in\n${chat.platform.transcript()}`);
      return found;
    });

  it("is done in a form that a button opens, once the name was typed", async () => {
    const card = await chat.message(/web on box failed/);
    await chat.platform.mention(ann(), "kill ses_one", kind === "slack" ? card : undefined);
    const button = await asked();
    expect(chat.platform.forms).toEqual([]);
    await button.press(ann());
    const form = await chat.form();
    await form.submit({ word: "ses_two" });
    await chat.told(ann(), /nothing was done: ses_one was not typed/);
    expect(chat.agent.count("command")).toBe(0);
    await button.press(ann());
    await (await chat.form()).submit({ word: "ses_one" });
    expect(await chat.agent.next("command")).toMatchObject({ command: "session.kill" });
    expect(chat.platform.problems).toEqual([]);
  });

  it("is nobody else's, and not for long", async () => {
    await chat.platform.mention(ann(), "kill ses_one");
    const button = await asked();
    await button.press(bob());
    await chat.told(bob(), /somebody else was asked/);
    await button.press(ann(), { id: `ask:${ann()}:zz:kill` });
    await chat.told(ann(), /does nothing any more/);
    await button.press(ann());
    const form = await chat.form();
    ahead = 20 * 60_000;
    await form.submit({ word: "ses_one" });
    await chat.told(ann(), /asked too long ago/);
    await button.press(ann());
    await until(() =>
      expect(chat.platform.toldTo(ann()).filter(({ body }) => body.includes("too long ago"))).toHaveLength(2),
    );
    expect(chat.agent.count("command")).toBe(0);
  });

  it("is refused to who may not, and the audit has it", async () => {
    await chat.platform.mention(bob(), "kill ses_one");
    await until(async () =>
      expect(await chat.audit("sessions.kill")).toMatchObject([{ actor: `${kind}:${bob()}`, result: "refused" }]),
    );
    expect(chat.agent.count("command")).toBe(0);
  });

  it("is never done where an id would be too long for a form", async () => {
    await chat.platform.command(ann(), ["kill"], { ref: `ses_${"x".repeat(90)}` });
    await chat.told(ann(), /nothing was done: what kill is for is too long/);
    expect(await chat.audit("sessions.kill")).toEqual([]);
  });
});
