import { type CommandFrame, HalError } from "@hal/protocol";
import { sleep } from "@hal/daemon";
import {
  executionById,
  executionOfKey,
  forgottenBefore,
  type Outcome,
  outcomeOf,
  tellOutcomeAgain,
  tellStale,
} from "@hal/store/agent";
import type { Context } from "../../context.ts";
import { untilSaved } from "./until-saved.ts";

const LOOK_EVERY_MS = 100;

/** Whether this agent knows the command, or is not to begin it because it may have forgotten it; then its outcome is told. */
export async function isKnown(context: Context, id: string): Promise<boolean> {
  const { store, clock } = context;
  const known = await executionById(store, id);
  if (known === undefined && id >= (await forgottenBefore(store))) return false;
  await untilSaved(context, () =>
    known === undefined ? tellStale(store, id, clock.now()) : tellOutcomeAgain(store, known, clock.now()),
  );
  return true;
}

/**
 * What became of the command that was begun under the same idempotency key: a supervisor that was restored does not
 * remember what the key stands for, and this node does (protocol §5.6). Undefined where there is none.
 */
export async function outcomeOfKey(
  { store, stopping }: Context,
  { id, command, key }: CommandFrame,
): Promise<Outcome | undefined> {
  if (key === undefined) return undefined;
  for (;;) {
    const earlier = await executionOfKey(store, key.hash);
    if (earlier === undefined || earlier.commandId === id) return undefined;
    if (earlier.type !== command || earlier.payloadHash !== key.payload) return { state: "failed", error: OTHER };
    const outcome = outcomeOf(earlier);
    if (outcome !== undefined) return outcome;
    if (stopping.aborted) throw new HalError("interrupted", "the agent is stopping");
    await sleep(LOOK_EVERY_MS, stopping);
  }
}

const OTHER = new HalError("conflict", "this idempotency key was used for another request; take a new one").toBody();
