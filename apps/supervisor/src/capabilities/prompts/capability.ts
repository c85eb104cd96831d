import { capability } from "../capability.ts";
import type { Context as InteractionsContext } from "../interactions/context.ts";
import type { Context } from "./context.ts";
import { promptHandlers } from "./operations.ts";
import { promptSessionHandlers } from "./prompt-session.ts";
import { PromptSender } from "./prompt-sender.ts";
import { waitHandlers } from "./wait-for-session.ts";
import { watchStalls } from "./watch-stalls.ts";

/** Events after which a prompt may be due: a commit that appends one of them wakes the sender, which looks at what is stored. */
const WAKES =
  /^(session\.(idle|error|ended|busy)|interaction\.(answered|expired)|prompt\.(queued|changed)|command\.|hold\.released$|node\.online$)/;

/** Prompts: how they reach their session, which of them wait, and what came of them. */
export const prompts = capability<InteractionsContext, Context>()({
  name: "prompts",
  open(below, { closers, used }) {
    const promptSender = new PromptSender(below);
    closers.add("prompts that wait", () => promptSender[Symbol.asyncDispose]());
    return { promptSender, mostFileBytes: () => used().sessions.prompt_files_kb * 1024 };
  },
  handlers: { ...promptHandlers, ...promptSessionHandlers, ...waitHandlers },
  onAppended({ promptSender }, { counts }) {
    if (Object.keys(counts).some((type) => WAKES.test(type))) promptSender.wake();
  },
  timers: (context, { oftenMs, used }) => [
    { name: "prompts that wait", everyMs: oftenMs, work: () => context.promptSender.sendAll() },
    {
      name: "stalled prompts",
      everyMs: oftenMs,
      work: () => watchStalls(context, used().sessions.prompt_stall_seconds * 1000),
    },
  ],
  liveKeys: ["sessions.prompt_stall_seconds", "sessions.prompt_files_kb"],
});
