import type { OperatorClient } from "@hal/protocol";
import { complain } from "../output/print.ts";
import { said } from "../output/said.ts";
import type { Terminal } from "../terminal.ts";

/** The same client, which passes on once what the supervisor has to say to whoever asks, such as that the token ends soon. */
export function withNotice(client: OperatorClient, { err }: Pick<Terminal, "err">): OperatorClient {
  let isSaid = false;
  return {
    async call(name, input, options) {
      const result = await client.call(name, input, options);
      const { notice } = result.meta;
      if (typeof notice === "string" && !isSaid) complain({ err }, said`notice: ${notice}`);
      isSaid ||= typeof notice === "string";
      return result;
    },
    stream: (name, input, options) => client.stream(name, input, options),
    close: () => client.close(),
  };
}
