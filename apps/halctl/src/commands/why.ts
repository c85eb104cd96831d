import { EXIT } from "../exit-codes.ts";
import { print } from "../output/print.ts";
import { whyPage } from "../output/why-page.ts";
import type { Run } from "./command.ts";

export interface WhyArgs {
  readonly ref: string;
  readonly kind?: "session" | "node" | undefined;
}

export const showWhy: Run<WhyArgs> = async (session, { ref, kind }) => {
  const { output } = await session.client.call("why.get", { ref, kind });
  print(session, output, whyPage);
  return EXIT.done;
};
