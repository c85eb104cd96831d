import type { Message, Person, Reply } from "@hal/channels";
import { HalError, type OperationName, OPERATIONS, type Role, roleAllows } from "@hal/protocol";
import type { ChatKind } from "../capabilities/channels/channel-book.ts";
import type { Context as ChannelsContext } from "../capabilities/channels/context.ts";
import { chatRole } from "../capabilities/channels/domain/chat-role.ts";
import { rememberName } from "../capabilities/channels/people.ts";
import type { Access } from "../capabilities/channels/section.ts";
import type { SupervisorConfig } from "../config.ts";
import { type Desk, dispatch } from "../operations/dispatch.ts";
import type { Actor } from "../operations/handler.ts";

/** What a platform's people stand in front of. */
export type ChatContext = ChannelsContext & Desk;

/** Who did something, and how they are answered. */
export interface Asker {
  readonly kind: ChatKind;
  readonly who: Person;
  readonly reply: Reply;
}

/** What somebody asks, as it is called where it is refused. */
export interface ChatRequest {
  readonly operation: OperationName;
  readonly input: Readonly<Record<string, unknown>>;
  /** what a platform tells twice is done once */
  readonly idempotencyKey: string | undefined;
  readonly called: string;
}

const NO_ACCESS: Access = { viewers: ["everyone"], operators: [], admins: [] };

/** People of platforms at the desk: who they are there, what they may, and how they are told that they may not. */
export class ChatDesk {
  readonly context: ChatContext;
  readonly #used: () => SupervisorConfig;
  /** nobody revokes an id: the configuration is asked each time */
  readonly #valid = new AbortController().signal;

  constructor(context: ChatContext, used: () => SupervisorConfig) {
    this.context = context;
    this.#used = used;
  }

  section(kind: ChatKind): SupervisorConfig["channels"][ChatKind] {
    return this.#used().channels[kind];
  }

  /** Somebody as the desk knows them; undefined where nobody gave them a role. */
  actorOf(kind: ChatKind, who: Person): Actor | undefined {
    const access = this.section(kind)?.access;
    // whoever may manage a server may act in what it shows, unless somebody else was named
    const role = access === undefined && who.isManager ? "operator" : chatRole(access ?? NO_ACCESS, who);
    if (role === undefined) return undefined;
    const actor = `${kind}:${who.id}`;
    return {
      actor,
      role,
      mayLink: false,
      credential: actor,
      expiresAt: null,
      valid: this.#valid,
      surface: "chat",
      ip: undefined,
    };
  }

  /** Remembers how somebody is called there who may do something here: of whoever only reads, nothing is shown. */
  remember(kind: ChatKind, who: Person): void {
    const role = this.actorOf(kind, who)?.role;
    if (role !== undefined && roleAllows(role, "operator")) rememberName(this.context, kind, who);
  }

  /** Whether everybody there may read, so that what one asked for may be shown to all. */
  isOpen(kind: ChatKind): boolean {
    return (
      this.actorOf(kind, { id: "", name: undefined, handle: undefined, roles: [], isManager: false }) !== undefined
    );
  }

  may(kind: ChatKind, who: Person, operation: OperationName): boolean {
    const actor = this.actorOf(kind, who);
    return actor !== undefined && roleAllows(actor.role, OPERATIONS[operation].role);
  }

  /** Asks something for somebody. What comes of it where it went well; else they are told why, alone. */
  async ask({ kind, who, reply }: Asker, request: ChatRequest): Promise<{ readonly output: unknown } | undefined> {
    const actor = this.actorOf(kind, who);
    if (actor === undefined) {
      await this.refuseStranger({ kind, who, reply });
      return undefined;
    }
    const { operation, input, idempotencyKey, called } = request;
    try {
      const signal = this.context.stopping;
      const { output } = await dispatch(this.context, actor, { operation, input, idempotencyKey, signal });
      return { output };
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      const { role } = OPERATIONS[operation];
      await reply.tell(error.code === "forbidden" ? lacking({ kind, who }, called, role) : note("bad", error.message));
      return undefined;
    }
  }

  /** Tells somebody to whom nobody gave a role; the audit has it. */
  async refuseStranger({ kind, who, reply }: Asker): Promise<void> {
    const reason = "nobody gave them a role here";
    const actor = { actor: `${kind}:${who.id}`, role: undefined, surface: "chat", ip: undefined } as const;
    this.context.audit.refused({ ...actor, action: "chat", reason });
    await reply.tell(
      note("warn", `Nobody gave you a role here: whoever runs HAL adds ${who.id} under channels.${kind}.access`),
    );
  }
}

/** Says to somebody which role they lack, and who gives it. */
export function lacking({ kind, who }: Pick<Asker, "kind" | "who">, called: string, role: Role): Message {
  return note(
    "warn",
    `${called} needs the role ${role}: whoever runs HAL adds ${who.id} under channels.${kind}.access`,
  );
}

export function note(tone: Message["tone"], title: string): Message {
  return { title, tone };
}
