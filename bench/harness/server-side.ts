import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

const ESTABLISHED = "01";

/**
 * Whether the other end of a loopback connection still holds it open. Asked of the kernel: a client that does not read
 * cannot know it.
 */
export function isHeldByServer(socket: Socket): boolean {
  const server = hexPort(socket.remotePort);
  const client = hexPort(socket.localPort);
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([, local, remote, state]) =>
        local?.endsWith(`:${server}`) === true && remote?.endsWith(`:${client}`) === true && state === ESTABLISHED,
    );
}

function hexPort(port: number | undefined): string {
  return (port ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
