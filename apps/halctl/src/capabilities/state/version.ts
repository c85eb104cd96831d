import { HalError } from "@hal/protocol";
import { EXIT, exitCodeOf } from "../../exit-codes.ts";
import type { LocalRun } from "../../local.ts";
import { complain, print } from "../../output/print.ts";
import { saidBy } from "../../output/said.ts";
import { card } from "../../output/table.ts";

/** Both sides' versions; without the supervisor its own, and why there is no other. */
export const showVersion: LocalRun<object> = async (local) => {
  const { terminal, format, version } = local;
  let supervisor: string | null = null;
  let code: number = EXIT.done;
  try {
    const settings = local.settings();
    const client = local.open(settings, local.trust(settings));
    try {
      supervisor = (await client.call("status.get", {})).output.version;
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    complain(terminal, saidBy(error.message));
    code = exitCodeOf(error.code);
  }
  print({ terminal, format }, { halctl: version, supervisor }, (shown) =>
    card([
      ["halctl", shown.halctl],
      ["supervisor", shown.supervisor ?? "not known"],
    ]),
  );
  return code;
};
