import { DeliveryError, type Posted, type SlackSessionStatus } from "@hal/channels";
import { type CardRow, recordToldStatus, sessionCards } from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { Target } from "./channel-book.ts";
import type { Composer, Doing } from "./composer.ts";

/** A thread that is older is left as it was told. */
const KEPT_MS = 7 * 86_400_000;
const MOST = 100;
/** So far apart a target is looked at. */
const EVERY_MS = 2_000;
/** So long nothing is told after the platform did not take it. */
const AGAIN_MS = 30_000;

/** Has a platform show, beside its message, what the session of a thread does; the session has a title there. */
export type ShowStatus = (
  thread: Posted,
  status: SlackSessionStatus,
  title: string,
  signal: AbortSignal,
) => Promise<boolean>;

const CLOSED: SlackSessionStatus = "closed";

interface Showing {
  readonly target: Target;
  readonly showStatus: ShowStatus;
  readonly signal: AbortSignal;
}

type AgentContext = Pick<Kernel, "store" | "clock" | "log">;

/**
 * Tells a platform that knows sessions of agents what each session does that has a card there. What it was told last is in the
 * database, so that after a restart it is told what is another by then, and nothing else.
 */
export class AgentSessions {
  readonly #context: AgentContext;
  readonly #notBefore = new Map<string, number>();
  /** targets whose platform does not take it, until the supervisor starts anew */
  readonly #lacking = new Set<string>();

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** Brings what the platform shows of sessions up to what they do. */
  async refresh(target: Target, composer: Composer, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#context;
    const { name, showStatus } = target;
    const now = clock.monotonic();
    if (showStatus === undefined || this.#lacking.has(name) || (this.#notBefore.get(name) ?? -Infinity) > now) return;
    this.#notBefore.set(name, now + EVERY_MS);
    // what was closed stays so; in the thread of an older message nothing goes on any more
    const cards = sessionCards(store, name, { after: clock.now() - KEPT_MS, limit: MOST }).filter(
      ({ toldStatus, isOlder }) => toldStatus !== CLOSED && !(isOlder && toldStatus === null),
    );
    const doing = await composer.doing(cards.map(({ subject }) => subject));
    for (const card of cards) {
      const known = doing.get(card.subject);
      const current = known && card.isOlder ? { ...known, status: CLOSED } : known;
      if (signal.aborted) return;
      if (current === undefined || current.status === card.toldStatus) continue;
      const told = await this.#tell({ target, showStatus, signal }, card, current);
      if (told === undefined) return;
      await recordToldStatus(store, card.id, told);
    }
  }

  /** What the platform knows by then; undefined where it takes nothing now. */
  async #tell(
    { target: { name, place }, showStatus, signal }: Showing,
    { postedId, toldStatus }: CardRow,
    { status, title }: Doing,
  ): Promise<SlackSessionStatus | undefined> {
    const { log, clock } = this.#context;
    try {
      const canStop = await showStatus({ place, id: postedId ?? "" }, status, title, signal);
      if (!canStop && toldStatus === null)
        log.debug({ target: name }, "the app does not hear the button that stops a session: it is not shown");
      return status;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof DeliveryError)) throw error;
      const { problem, message: reason, retryAfterMs = AGAIN_MS } = error;
      if (problem === "gone") return CLOSED;
      if (problem === "again") this.#notBefore.set(name, clock.monotonic() + retryAfterMs);
      else {
        this.#lacking.add(name);
        log.warn({ target: name, reason }, "what sessions do is not shown beside their messages until the next start");
      }
      return undefined;
    }
  }
}
