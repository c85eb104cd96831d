import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, server } = await takePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A port on loopback and who holds it. */
export function takePort(): Promise<{ readonly port: number; readonly server: Server }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, server }));
  });
}
