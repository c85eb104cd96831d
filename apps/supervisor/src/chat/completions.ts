import type { Completion } from "@hal/channels";
import { type CallName, HalError, type OperationOutput, type Reference } from "@hal/protocol";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import { dispatch } from "../operations/dispatch.ts";
import type { Actor } from "../operations/handler.ts";
import type { ChatDesk } from "./chat-desk.ts";
import { COMMANDS, fieldsOf } from "./commands.ts";

/** A platform shows no more. */
const MOST = 25;

/** How what somebody types may go on: the names that there are of what the field names. */
export class Completions {
  readonly #desk: ChatDesk;

  constructor(desk: ChatDesk) {
    this.#desk = desk;
  }

  /** Best first: what begins with it, then what has it elsewhere. Nothing for whom nobody gave a role. */
  async complete(kind: ChatKind, { who, words, option, typed }: Completion): Promise<readonly string[]> {
    const actor = this.#desk.actorOf(kind, who);
    const command = COMMANDS.find(({ name }) => name === words[0]);
    const field = command === undefined ? undefined : fieldsOf(command).find((one) => one.field === option);
    if (actor === undefined || field === undefined) return [];
    const named = await Promise.all(field.refers.map((reference) => this.#namesOf(actor, reference)));
    const sought = typed.toLowerCase();
    const found = [...new Set(named.flat())].filter((name) => name.toLowerCase().includes(sought));
    const begin = found.filter((name) => name.toLowerCase().startsWith(sought));
    return [...begin, ...found.filter((name) => !begin.includes(name))].slice(0, MOST);
  }

  async #namesOf(actor: Actor, reference: Reference): Promise<readonly string[]> {
    switch (reference) {
      case "project":
        return (await this.#ask(actor, "projects.list")).map(({ name }) => name);
      case "session":
        return (await this.#ask(actor, "sessions.list")).map(({ id }) => id);
      case "node":
        return (await this.#ask(actor, "nodes.list")).map(({ name }) => name);
      case "schedule":
        return (await this.#ask(actor, "schedules.list")).map(({ name }) => name);
      case "interaction":
        return (await this.#ask(actor, "interactions.list", { state: "open" })).map(({ id }) => id);
      default:
        return [];
    }
  }

  /** What cannot be asked has no names. */
  async #ask<N extends CallName>(
    actor: Actor,
    operation: N,
    input: Readonly<Record<string, unknown>> = {},
  ): Promise<OperationOutput<N> | readonly never[]> {
    const { context } = this.#desk;
    try {
      const { output } = await dispatch(context, actor, { operation, input, signal: context.stopping });
      return output as OperationOutput<N>;
    } catch (error) {
      if (error instanceof HalError) return [];
      throw error;
    }
  }
}
