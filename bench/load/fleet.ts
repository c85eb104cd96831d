import { WebSocket } from "ws";
import { type HelperProcess, serveBench } from "../harness/helper-process.ts";
import { answerCommands } from "./answer-commands.ts";
import { FleetLink, type Target } from "./fleet-link.ts";
import { flood, type FloodOrder } from "./flood.ts";
import { pace, type PaceOrder } from "./pace.ts";

/** Fewer than the supervisor's limit of handshakes that may be under way. */
const AT_ONCE = 50;

const links: FleetLink[] = [];
const bare: WebSocket[] = [];

/** Many agents in one process. */
const methods = {
  /** Connects so many more agents and resolves when all are welcomed. */
  async connect({ count, ...target }: Target & { readonly count: number }): Promise<void> {
    await inGroups(count, links.length, async (number) => void links.push(await FleetLink.connect(target, number)));
  },
  /** The same number of sockets that say nothing of HAL, for comparison. */
  async connectBare({ count, url, token }: Target & { readonly count: number }): Promise<void> {
    await inGroups(count, bare.length, () => openBare(url, token));
  },
  flood: (order: FloodOrder): Promise<number> => flood(links, order),
  pace: (order: PaceOrder) => pace(links, order),
  answerCommands: ({ folder }: { readonly folder: string }): void => answerCommands(links, folder),
  nodeIds: (): string[] => links.map(({ nodeId }) => nodeId),
};

/** What the bench can ask of a fleet. */
export type Fleet = HelperProcess<typeof methods>;

async function inGroups(count: number, from: number, open: (number: number) => Promise<void>): Promise<void> {
  for (let next = from; next < from + count; next += AT_ONCE) {
    const group = Math.min(AT_ONCE, from + count - next);
    await Promise.all(Array.from({ length: group }, (_, index) => open(next + index)));
  }
}

function openBare(url: string, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
    socket.once("error", reject);
    socket.once("open", () => {
      bare.push(socket);
      resolve();
    });
  });
}

serveBench(methods);
