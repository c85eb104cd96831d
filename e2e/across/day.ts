import assert from "node:assert/strict";
import type { CommandReply, MessageView, SessionView, StopAllView } from "@hal/protocol";
import { judge } from "../chaos/verdict.ts";
import type { Agent } from "../harness/agent.ts";
import { eventually } from "../harness/eventually.ts";
import type { Stage } from "../harness/stage.ts";
import { expectUnderstanding } from "./expect-understanding.ts";
import type { Report } from "../harness/report.ts";

/** What an agent must have so that a day can be lived with it. */
export const ASKS_BEFORE_PUSHING = { bash: { "*": "allow", "git push*": "ask" } };

const PUSH = `[[tool: bash {"command": "git push nowhere", "description": "push"}]] [[say: pushed or not]]`;

interface Answer {
  readonly session: SessionView;
  readonly messages: readonly MessageView[];
}

/** People at a terminal and one agent: what they do in a day, where each step compares what is shown with what opencode holds. */
export class Day {
  readonly stage: Stage;
  readonly agent: Agent;

  constructor(stage: Stage, agent: Agent) {
    this.stage = stage;
    this.agent = agent;
  }

  async live(report: Report): Promise<void> {
    await report.step("a session is started, answers and costs what opencode says", () => this.ask());
    await report.step("a prompt has a tool called", () => this.useTool());
    await report.step("text is watched as it is written", () => this.watch());
    await report.step("a permission is asked and allowed", () => this.push("allow", "pushed or not"));
    await report.step("a permission is asked and denied", () => this.push("deny"));
    await report.step("a turn is aborted", () => this.abort());
    await report.step("a turn that ends while the supervisor is away is told when it is back", () => this.outage());
    await report.step("an agent that is killed in a turn comes back with its opencode", () => this.killAgent());
    await report.step("everything is stopped at once", () => this.stopAll());
    await report.step("sessions, messages and cost are what opencode holds", () => this.compare());
    await report.step("what is undone in opencode holds up nothing", () => this.undo());
    await report.step("each understands the other", () => this.expectUnderstanding());
  }

  async ask(): Promise<void> {
    const { session, messages } = await this.answered("[[usage: in=10000 out=1000 cached=4000]] [[say: forty-two]]");
    assert.equal(messages.at(-1)?.text, "forty-two");
    assert.equal(session.status, "idle");
    assert.ok(session.cost > 0);
  }

  async useTool(): Promise<void> {
    const { session } = await this.answered("[[say: here]]");
    const command = `[[tool: bash {"command": "echo made > made.txt", "description": "make"}]] [[say: made it]]`;
    const { messages } = await this.stage.halctl.json<Answer>("sessions", "prompt", session.id, command, "--wait");
    assert.equal(messages.at(-1)?.text, "made it");
    const tools = await this.stage.events({ session_id: session.id, type: "tool.execute.after" });
    assert.deepEqual(
      tools.map(({ data }) => (data as { status: string }).status),
      ["completed"],
    );
  }

  async watch(): Promise<void> {
    const id = await this.begin("[[slow: 600]]");
    const watcher = this.stage.halctl.start("sessions", "watch", id, "--until-idle", "-o", "json");
    await eventually(() => assert.match(watcher.stdout, /tick\d+ tick\d+/));
    assert.equal((await this.stage.halctl.run("sessions", "abort", id)).code, 0);
    assert.equal((await watcher.ended).code, 0);
  }

  async push(answer: "allow" | "deny", text?: string): Promise<void> {
    const id = await this.begin(PUSH);
    await this.answerPush(id, answer, text);
  }

  /** Answers the push that a session asks for. */
  async answerPush(id: string, answer: "allow" | "deny", text?: string): Promise<void> {
    const open = await this.stage.asked(id);
    assert.equal((await this.stage.session(id)).status, "waiting");
    assert.equal((await this.stage.halctl.run("interactions", answer, open.id)).code, 0);
    await this.stage.sessionIn(id, "idle");
    if (text !== undefined) assert.equal((await this.stage.messages(id)).at(-1)?.text, text);
  }

  async abort(): Promise<void> {
    const id = await this.begin("[[slow: 600]]");
    await eventually(async () => assert.equal((await this.agent.opencode().messages(id)).length, 2));
    assert.equal((await this.stage.halctl.run("sessions", "abort", id)).code, 0);
    await this.stage.sessionIn(id, "idle");
    assert.deepEqual(await this.agent.opencode().statuses(this.#directory), {});
  }

  async outage(): Promise<void> {
    await this.expectUnderstanding();
    const id = await this.begin("[[slow: 15]]");
    await this.stage.sessionIn(id, "busy");
    await this.stage.supervisor.kill();
    await this.untilCompleted(id);
    await this.stage.startSupervisor();
    await this.stage.nodeUp(this.agent);
    await this.stage.sessionIn(id, "idle");
    assert.match((await this.stage.messages(id)).at(-1)?.text ?? "", /tick14/);
  }

  async killAgent(): Promise<void> {
    const opencode = this.agent.opencode().pid;
    const id = await this.begin("[[slow: 20]]");
    await this.stage.sessionIn(id, "busy");
    await this.agent.program.kill();
    await this.stage.sessionIn(id, "unreachable");
    this.agent.start();
    await this.stage.nodeUp(this.agent);
    assert.equal(this.agent.opencode().pid, opencode);
    await this.stage.sessionIn(id, "idle");
    assert.match((await this.stage.messages(id)).at(-1)?.text ?? "", /tick19/);
  }

  async stopAll(): Promise<void> {
    const ids = [await this.begin("[[slow: 600]]"), await this.begin(PUSH)];
    await this.stage.sessionIn(ids[0] as string, "busy");
    await this.stage.asked(ids[1] as string);
    const { sessions, unknown, holds } = await this.stage.halctl.json<StopAllView>("stop", "--all", "--yes");
    // an earlier halctl, or one that talks to an earlier supervisor, holds nothing
    if (holds !== undefined) await this.stage.halctl.json("release", "--all");
    assert.deepEqual(new Set(sessions.map(({ session_id: id }) => id)), new Set(ids));
    assert.ok(sessions.every(({ stopped }) => stopped));
    assert.deepEqual(unknown, []);
    assert.deepEqual(await this.agent.opencode().statuses(this.#directory), {});
    assert.deepEqual(await this.agent.opencode().requests(this.#directory), []);
  }

  /** Every session that opencode has is shown, with its messages and its cost, each told once. */
  async compare(): Promise<void> {
    await eventually(async () => {
      const { problems, sessions } = await judge({ stage: this.stage, agents: [this.agent] }, [], 0);
      assert.deepEqual(
        problems.map(({ kind, text }) => `${kind}: ${text}`),
        [],
      );
      const shown = await this.stage.api<SessionView[]>("/sessions?limit=1000");
      assert.equal(shown.length, sessions);
    });
  }

  async undo(): Promise<void> {
    const { session } = await this.answered("[[say: the first answer]]");
    const prompt = (text: string): Promise<Answer> =>
      this.stage.halctl.json("sessions", "prompt", session.id, text, "--wait");
    await prompt("[[say: the second answer]]");
    const [, , second] = await this.stage.messages(session.id);
    await this.agent.opencode().post(`/session/${session.id}/revert`, { messageID: second?.id });
    const { messages } = await prompt("[[say: another second answer]]");
    assert.equal(messages.at(-1)?.text, "another second answer");
    assert.equal((await this.agent.opencode().messages(session.id)).length, 4);
  }

  expectUnderstanding(): Promise<void> {
    return expectUnderstanding(this.stage);
  }

  async answered(prompt: string): Promise<Answer> {
    return this.stage.halctl.json("sessions", "start", this.agent.name, prompt, "--wait");
  }

  /** Starts a session without waiting for its answer. */
  async begin(prompt: string): Promise<string> {
    const reply = await this.stage.halctl.json<CommandReply>("sessions", "start", this.agent.name, prompt);
    return reply.session_id as string;
  }

  /** Until the newest answer is complete in opencode, whoever hears of it. */
  async untilCompleted(id: string): Promise<void> {
    await eventually(async () => {
      const newest = (await this.agent.opencode().messages(id)).at(-1)?.info;
      assert.equal(newest?.role, "assistant");
      assert.notEqual(newest?.time.completed, undefined);
    });
  }

  get #directory(): string {
    return this.agent.directoryOf(this.agent.name);
  }
}
