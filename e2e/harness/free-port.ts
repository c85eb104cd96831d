import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";

/** Below the ports that systems give to whoever asks for any. */
const [LOWEST, HIGHEST] = [10_000, 32_000];

/** A port on loopback that was free a moment ago. Nobody who asks for any port is given it while its owner is away. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    try {
      const { server } = await listenOn(port);
      await new Promise((resolve) => server.close(resolve));
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

/** A port on loopback and who holds it. */
export function takePort(): Promise<{ readonly port: number; readonly server: Server }> {
  return listenOn(0);
}

function listenOn(wanted: number): Promise<{ readonly port: number; readonly server: Server }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, server }));
  });
}
