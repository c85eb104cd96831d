import type { OperationName, OperatorClient } from "@hal/protocol";
import { span } from "@hal/words";
import { said } from "../output/said.ts";
import { note } from "../output/print.ts";
import type { Session } from "../session.ts";

/** What may take a while, and what a person at a terminal hears of it meanwhile. */
const SLOW: { readonly [N in OperationName]?: string } = {
  "db.backup": "backing up the database",
  "db.check": "reading the whole database",
  "db.prune": "deleting what is old",
  "nodes.check": "asking the node",
  "sessions.abort": "waiting for the node to stop the turn",
  "sessions.kill": "waiting for the node to end the session",
  "sessions.restart": "waiting for the node to restart the session",
  "sessions.resume": "waiting for the node to take the prompt",
  "sessions.start": "waiting for the node to start the session",
  "sessions.stopAll": "waiting for the nodes to stop what is at work",
  "channels.test": "sending the test",
};

/** Silence of this length makes somebody wonder; after that they are told now and then. */
const FIRST_MS = 2_000;
const NEXT_MS = 10_000;

/** The same client, which tells a person at a terminal what it is waiting for. */
export function withProgress(client: OperatorClient, { terminal, format }: Omit<Session, "client">): OperatorClient {
  if (!terminal.isTerminal) return client;
  return {
    async call(name, input, options) {
      const what = SLOW[name];
      if (what === undefined) return client.call(name, input, options);
      const began = performance.now();
      const tell = (): void => {
        const passedMs = performance.now() - began;
        note({ terminal, format }, said`halctl: still ${what} (${span(Math.round(passedMs / 1_000) * 1_000)})`);
        timer = setTimeout(tell, NEXT_MS);
      };
      let timer = setTimeout(tell, FIRST_MS);
      try {
        return await client.call(name, input, options);
      } finally {
        clearTimeout(timer);
      }
    },
    stream: (name, input, options) => client.stream(name, input, options),
    close: () => client.close(),
  };
}
