import type { HalEvent } from "@hal/protocol";
import { appendOwnEvents } from "../log/writes.ts";
import type { WriterDatabase } from "../writer-database.ts";
import type { PromptRow } from "./schema.ts";

type Told = Extract<
  HalEvent,
  { readonly type: "prompt.queued" | "prompt.changed" | "prompt.sent" | "prompt.cancelled" | "prompt.refused" }
>;
type Said<T extends Told = Told> = T extends Told ? Pick<T, "type" | "data"> : never;

/** Says in the log what became of a prompt that waits or waited. */
export function tellPrompt(db: WriterDatabase, prompt: PromptRow, said: Said, at: number): void {
  const { nodeId, sessionId: session, project } = prompt;
  appendOwnEvents.within(db, [{ nodeId, event: { ...said, at, session, project } }], at);
}
