import { EXIT } from "../../exit-codes.ts";
import { print } from "../../output/print.ts";
import { diffPage } from "./pages.ts";
import type { Run } from "../../grammar/run.ts";

export interface DiffArgs {
  readonly ref: string;
  readonly stat: boolean;
}

export const showDiff: Run<DiffArgs> = async (session, { ref, stat }) => {
  const { output } = await session.client.call("sessions.diff", { ref });
  print(session, output, (diff) => diffPage(diff, stat), ["patch"]);
  return EXIT.done;
};
