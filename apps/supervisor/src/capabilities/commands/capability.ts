import { capability } from "../capability.ts";
import type { Context as LedgerContext } from "../ledger/context.ts";
import { BeginGate } from "./begin-gate.ts";
import { CommandSpans } from "./command-spans.ts";
import { countAppended } from "./count-appended.ts";
import type { Context } from "./context.ts";
import { commandGauges } from "./gauges.ts";
import { expireCommands } from "./deliver-commands.ts";
import { commandHandlers } from "./operations.ts";

/** What is asked of nodes, until each has its one outcome. */
export const commands = capability<LedgerContext, Context>()({
  name: "commands",
  open({ tracing }, { closers }) {
    const commandSpans = new CommandSpans(tracing);
    closers.add("spans of commands", () => commandSpans[Symbol.dispose]());
    return { commandSpans, beginGate: new BeginGate() };
  },
  gauges: commandGauges,
  handlers: commandHandlers,
  onAppended: countAppended,
  timers: (context, { oftenMs }) => [
    { name: "expiring commands", everyMs: oftenMs, work: () => expireCommands(context) },
  ],
});
