import { createServer } from "node:net";

/**
 * The ports of the deployment guide where they are free on loopback, others where not.
 * @returns {Promise<{ socket: number, http: number, opencode: number, moved: string[] }>}
 */
export async function choosePorts() {
  const moved = [];
  const choose = async (wanted) => {
    const port = (await probe(wanted)) ?? (await probe(0));
    if (port !== wanted) moved.push(`port ${wanted} is taken, using ${port} this time`);
    return port;
  };
  return { socket: await choose(8420), http: await choose(8421), opencode: await choose(4096), moved };
}

function probe(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen(port, "127.0.0.1", () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
