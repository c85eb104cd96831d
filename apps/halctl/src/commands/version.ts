import { HalError } from "@hal/protocol";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import type { LocalRun } from "../local.ts";

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
    terminal.err.write(`halctl: ${error.message}\n`);
    code = exitCodeOf(error.code);
  }
  terminal.out.write(
    format === "json"
      ? `${JSON.stringify({ halctl: version, supervisor }, null, 2)}\n`
      : `halctl      ${version}\nsupervisor  ${supervisor ?? "not known"}\n`,
  );
  return code;
};
