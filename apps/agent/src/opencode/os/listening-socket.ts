import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Who has the port at which a client on loopback arrives; `unknown` where there is no /proc to look at. */
export type Listener = "nobody" | "ours" | "a stranger" | "unknown";

interface Socket {
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const LISTENING = "0A";

/** Where 127.0.0.1 is served, the nearest first. */
const SERVING_LOOPBACK = ["127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "::"];

/** Whether it is one of our processes that listens on a port of loopback. */
export function listenerOn(port: number, ours: () => readonly number[]): Listener {
  const sockets = listeningSockets();
  if (sockets === undefined) return "unknown";
  const there = sockets.filter((socket) => socket.port === port);
  const address = SERVING_LOOPBACK.find((one) => there.some((socket) => socket.address === one));
  if (address === undefined) return "nobody";
  const inodes = new Set(there.filter((socket) => socket.address === address).map(({ inode }) => inode));
  return ours().some((pid) => socketsOf(pid).some((inode) => inodes.has(inode))) ? "ours" : "a stranger";
}

/** The addresses at which a process listens, such as `127.0.0.1:4096`. */
export function listeningAddressesOf(pid: number): string[] {
  const own = new Set(socketsOf(pid));
  return (listeningSockets() ?? []).filter(({ inode }) => own.has(inode)).map((one) => `${one.address}:${one.port}`);
}

function listeningSockets(): Socket[] | undefined {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return undefined; // there is no /proc here, or no IPv6
    }
  });
  if (tables[0] === undefined) return undefined;
  return tables.flatMap((table) => (table ?? "").split("\n").slice(1).flatMap(parseSocket));
}

function parseSocket(line: string): Socket[] {
  const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
  const [address = "", port = ""] = local.split(":");
  if (state !== LISTENING || inode === undefined) return [];
  return [{ address: readAddress(address), port: Number.parseInt(port, 16), inode }];
}

/** The kernel writes an address as 32-bit numbers of the machine, which has the lowest byte first. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed());
  const numbers = bytes.map((byte) => Number.parseInt(byte, 16));
  if (numbers.length === 4) return numbers.join(".");
  if (numbers.every((number) => number === 0)) return "::";
  const isMapped = numbers.slice(0, 10).every((number) => number === 0) && numbers[10] === 255 && numbers[11] === 255;
  return isMapped ? `::ffff:${numbers.slice(12).join(".")}` : (bytes.join("").match(/.{4}/g) ?? []).join(":");
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => inodeOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // it ended, or it is somebody else's
  }
}

function inodeOf(link: string): string[] {
  try {
    const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(link));
    return match?.[1] === undefined ? [] : [match[1]];
  } catch {
    return []; // it was closed meanwhile
  }
}
