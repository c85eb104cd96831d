import type { BilledProvider } from "@hal/protocol";
import type { AskForBills } from "../capabilities/bills/bill-source.ts";
import { askAnthropic } from "./ask-anthropic.ts";
import type { Asking } from "./ask-json.ts";
import { askOpenai } from "./ask-openai.ts";
import { askOpenrouter } from "./ask-openrouter.ts";

/** Asks each provider as it wants to be asked. */
export function askForBills(asking: Asking): AskForBills {
  const by: Readonly<Record<BilledProvider, AskForBills>> = {
    anthropic: askAnthropic(asking),
    openai: askOpenai(asking),
    openrouter: askOpenrouter(asking),
  };
  return (access, days, signal) => by[access.provider](access, days, signal);
}
