import { type CommandArgs, type CommandOutput, HalError } from "@hal/protocol";
import { executionById, saveProgress, wasStoppedAfter } from "@hal/store/agent";
import type { Context } from "../../../context.ts";
import { doneAgain, isUnclear, saidOf, UnclearError } from "../../../domain/unclear-error.ts";
import { type PromptUnderWay, stoppedBefore } from "../../sessions/prompts-under-way.ts";
import { awaitSession } from "../await-session.ts";
import { type Move, newRestart, nextMove, type Restart } from "../domain/restart.ts";
import { markFiles } from "../restart/handover-files.ts";
import { firstPrompt, HANDOVER_PROMPT } from "../restart/handover-texts.ts";
import { lookAtRestart, type Restarted, sessionsIn } from "../restart/look-at-restart.ts";
import { untilSaved } from "../until-saved.ts";
import { actingOn, endTree, stopTree } from "./end-session.ts";
import type { Handler, Recovery } from "./index.ts";
import { type Posted, post, refuseEnded } from "./prompt-session.ts";

/** Nothing that is told may be missed for longer. */
const LOOK_EVERY_MS = 1_000;

const REASON = "its session was restarted";

/** Restarts a session, step by step; what had begun when its agent or opencode ended goes on from its step. */
export const restartSession: Handler<"session.restart"> = async (context, args, commandId) => {
  const { sessionId } = args;
  refuseEnded(context, sessionId);
  const of = await whatItIs(context, sessionId);
  const before = await markFiles(of.directory);
  const restart = newRestart({ ...args, of, before }, context.clock.now() + args.timeoutMs);
  const flow = new RestartFlow(context, args, commandId);
  await flow.save(restart);
  return flow.run(restart);
};

export const recoverRestart: Recovery<"session.restart"> = async (context, { args, row: { commandId }, why }) => {
  await context.followed.wait(context.stopping);
  // it may have come further since it was looked up last
  const restart = (await executionById(context.store, commandId))?.progress as Restart | null | undefined;
  if (restart == null) throw new HalError("interrupted", `${why}, before anything was done; restart it again`);
  return new RestartFlow(context, args, commandId).run(restart);
};

/** What the new session takes over. */
async function whatItIs(context: Context, sessionId: string): Promise<Restart["of"]> {
  const api = context.opencode.api();
  const session = await api.findSession(sessionId);
  const { project } = context.book.get(sessionId)?.saved ?? {};
  if (session === undefined || project === undefined)
    throw new HalError("not_found", `this node has no session ${sessionId}`);
  const { directory, title, agent } = session;
  const model = session.model ?? (await api.newestMessage(sessionId))?.message.model;
  return { directory, project, title, agent, model };
}

/** One restart, from wherever it stands to its end. */
class RestartFlow {
  readonly #context: Context;
  readonly #args: CommandArgs<"session.restart">;
  readonly #of: Restarted;

  constructor(context: Context, args: CommandArgs<"session.restart">, commandId: string) {
    this.#context = context;
    this.#args = args;
    this.#of = { commandId, sessionId: args.sessionId, arrived: new Set() };
  }

  async save(restart: Restart): Promise<Restart> {
    const { store } = this.#context;
    await untilSaved(this.#context, () => saveProgress(store, this.#of.commandId, restart));
    return restart;
  }

  async run(begun: Restart): Promise<CommandOutput<"session.restart">> {
    // a stop of everything that comes meanwhile is heard at whichever step
    using underWay = this.#underWay(begun);
    let restart = begun;
    for (;;) {
      if (this.#context.stopping.aborted) throw new UnclearError("interrupted", "the agent is stopping");
      try {
        const move = nextMove(restart, await lookAtRestart(this.#context, this.#of, restart));
        if (move.do === "done") return this.#outcome(restart);
        restart = await this.#make(move, restart, underWay);
      } catch (error) {
        throw this.#named(error, restart);
      }
    }
  }

  async #make(move: Exclude<Move, { do: "done" }>, restart: Restart, underWay: PromptUnderWay): Promise<Restart> {
    switch (move.do) {
      case "ask":
        return this.#ask(restart, move.isCleared);
      case "wait":
        await this.#news(restart.until - this.#context.clock.now());
        return restart;
      case "settle":
        return this.save({ ...restart, step: "stop", handover: move.handover });
      case "stop":
        await this.#refuseStopped(restart, underWay);
        await actingOn(this.#context, this.#args.sessionId, (tree) => stopTree(this.#context, tree, REASON));
        return this.save({ ...restart, step: "create" });
      case "create":
        await this.#refuseStopped(restart, underWay);
        return this.#create(restart);
      case "adopt":
        return this.save({ ...restart, step: "end", next: move.next });
      case "end":
        return this.#end(restart);
      case "tell":
        await this.#refuseStopped(restart, underWay);
        return this.#tell(restart, underWay);
      case "fail":
        throw new HalError(move.code, move.message);
      default:
        return move satisfies never;
    }
  }

  /** Gives the old session the prompt of the handover: into the turn that runs, unless that waits for something that may not come. */
  async #ask(restart: Restart, isCleared: boolean): Promise<Restart> {
    const { sessionId } = this.#args;
    using underWay = this.#underWay(restart);
    await this.#refuseStopped(restart, underWay);
    if (isCleared) await actingOn(this.#context, sessionId, (tree) => stopTree(this.#context, tree, REASON));
    let asked = restart;
    const save = async (posted: Posted): Promise<void> => {
      asked = await this.save({ ...restart, asked: posted, asks: restart.asks + 1 });
    };
    try {
      const { model, agent } = restart.of;
      const messageId = await post(
        this.#context,
        { save, underWay },
        { sessionId, text: HANDOVER_PROMPT, model, agent },
      );
      this.#of.arrived.add(messageId);
      return asked;
    } catch (error) {
      // what opencode refuses is a handover that does not come
      if (!(error instanceof HalError) || isUnclear(error) || error.code !== "opencode_error") throw error;
      const handover = { state: "failed" as const, reason: `the handover failed: ${error.message}` };
      return this.save({ ...asked, step: "stop", handover });
    }
  }

  #underWay({ of: { project } }: Restart): PromptUnderWay {
    return this.#context.prompts.begin(this.#of.commandId, { project, sessionId: this.#args.sessionId });
  }

  async #create(restart: Restart): Promise<Restart> {
    const { context, commandId } = { context: this.#context, commandId: this.#of.commandId };
    const api = context.opencode.api();
    const { directory, title, model, agent } = restart.of;
    const asked = await this.save({ ...restart, createdIn: api.run });
    const next = await api.createSession({
      directory: context.places.real(directory),
      title,
      model,
      agent,
      commandId,
      continues: this.#args.sessionId,
    });
    return this.save({ ...asked, step: "end", next });
  }

  /** Ends the old session with all below it, and whatever else was created for this restart. */
  async #end(restart: Restart): Promise<Restart> {
    const { context, sessionId } = { context: this.#context, sessionId: this.#args.sessionId };
    const { next = "" } = restart;
    // the book ends the old one with the first word of the new one; one that somebody deleted at once has none
    await awaitSession(context, next).catch((error: unknown) => {
      if (!(error instanceof HalError) || isUnclear(error)) throw error;
    });
    const ended = await doneAgain(
      context.book.get(sessionId) === undefined
        ? Promise.resolve([])
        : actingOn(context, sessionId, (tree) => endTree(context, tree, next)),
    );
    for (const { id, commandId, isFork, archivedAt } of await sessionsIn(context, restart))
      if (commandId === this.#of.commandId && id !== next && !isFork && archivedAt === undefined)
        await doneAgain(context.opencode.api().archive(id, context.clock.now()));
    return this.save({ ...restart, step: "prompt", ended });
  }

  async #tell(restart: Restart, underWay: PromptUnderWay): Promise<Restart> {
    const { next = "", of, handover = NOT_KNOWN } = restart;
    refuseEnded(this.#context, next);
    if (!(await saidOf(this.#context.opencode.api().hasSession(next))))
      throw new HalError("not_found", `session ${next} was to go on from it, and opencode does not have it any more`);
    let told = restart;
    const save = async (posted: Posted): Promise<void> => {
      told = await this.save({ ...restart, told: posted, tells: restart.tells + 1 });
    };
    const text = this.#args.prompt ?? firstPrompt(handover);
    const prompt = { sessionId: next, text, model: of.model, agent: of.agent };
    this.#of.arrived.add(await post(this.#context, { save, underWay }, prompt));
    return told;
  }

  /** Everything may have been stopped since it began, also while nobody was at it, as when the agent was away. */
  async #refuseStopped({ of }: Restart, underWay: PromptUnderWay): Promise<void> {
    underWay.refuseStopped();
    if (await wasStoppedAfter(this.#context.store, this.#of.commandId, of.project)) throw stoppedBefore();
  }

  /** Waits until something is told of the old session, for a moment at most. */
  async #news(leftMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const unlisten = this.#context.book.listen(({ session }) => {
      if (session === this.#args.sessionId) resolve();
    });
    const timer = setTimeout(resolve, Math.max(0, Math.min(leftMs, LOOK_EVERY_MS)));
    this.#context.stopping.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    unlisten();
  }

  #outcome({ next = "", ended = [], told, handover = NOT_KNOWN }: Restart): CommandOutput<"session.restart"> {
    return {
      sessionId: next,
      continues: this.#args.sessionId,
      ...(told === undefined ? {} : { messageId: told.messageId }),
      ended: [...ended],
      handover,
    };
  }

  /** A restart that fails once the new session is there names it. */
  #named(error: unknown, { next }: Restart): unknown {
    if (next === undefined || isUnclear(error) || !(error instanceof HalError)) return error;
    const message = error.message.includes(next)
      ? error.message
      : `session ${next} goes on from it, but ${error.message}`;
    return new HalError(error.code, message, { cause: error, details: { sessionId: next } });
  }
}

const NOT_KNOWN = { state: "failed" as const, reason: "what came of the handover is not known" };
