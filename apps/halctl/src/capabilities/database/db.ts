import { bytes } from "@hal/words";
import { EXIT } from "../../exit-codes.ts";
import { checkedPage } from "./pages.ts";
import { note, print } from "../../output/print.ts";
import { said } from "../../output/said.ts";
import type { Run } from "../../grammar/run.ts";

export const backUpDb: Run<object> = async (session) => {
  const { output } = await session.client.call("db.backup", {});
  print(session, output, ({ made, file, size_bytes: size, reason }) =>
    made ? `${file}, ${bytes(size ?? 0)}\n` : `no backup was made: ${reason}\n`,
  );
  return output.made ? EXIT.done : EXIT.failed;
};

interface CheckArgs {
  readonly repair: boolean;
}

export const checkDb: Run<CheckArgs> = async (session, { repair }) => {
  note(session, said`reading all of it; Ctrl-C leaves`);
  const { output } = await session.client.call("db.check", {}, { signal: session.terminal.interrupted });
  const isRepaired = repair && output.damage.length === 0;
  const marked = isRepaired ? (await session.client.call("db.repair", {})).output.marked : {};
  print(session, isRepaired ? { ...output, marked } : output, (checked) => checkedPage(checked, isRepaired));
  const isWell = output.damage.length === 0 && (isRepaired || Object.keys(output.unreadable ?? {}).length === 0);
  return isWell ? EXIT.done : EXIT.failed;
};
