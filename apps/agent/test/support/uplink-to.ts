import { trustOf } from "@hal/daemon";
import { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import type { Context } from "../../src/context.ts";
import { Credentials } from "../../src/uplink/identity/credentials.ts";
import { savedTokenFile } from "../../src/uplink/identity/saved-token-file.ts";
import { Uplink } from "../../src/uplink/uplink.ts";

/** An uplink of an agent called box to a supervisor at this address; `folder` is where it keeps a token. */
export function uplinkTo(
  context: Context,
  { url, folder, saveSecret = () => undefined }: { url: string; folder: string; saveSecret?: (secret: string) => void },
): Uplink {
  return new Uplink({
    context,
    runner: new CommandRunner(context),
    identity: { nodeId: "01900000-0000-7000-8000-00000000000a", secret: "s", saveSecret },
    url,
    credentials: new Credentials({ token: "t", url }, savedTokenFile(folder, context.log)),
    trust: trustOf({ url }, { url: "", ca: "", fingerprint: "", insecure: "" }),
    name: "box",
    labels: {},
    resources: async () => ({ cpuPercent: 1, memoryUsedBytes: 1, memoryTotalBytes: 2 }),
  });
}
