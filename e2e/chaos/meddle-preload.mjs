// Loaded into hal-supervisor and hal-agent with NODE_OPTIONS. A file says by how many milliseconds their wall clock is
// off, while the machine's own, and monotonic time, are what they are; another one which port's connections break now.
import { subscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";

const { HAL_CHAOS_CLOCK: clockFile, HAL_CHAOS_BREAK: breakFile } = process.env;
const RealDate = Date;
const sockets = new Set();
let offsetMs = 0;
let broken = read(breakFile);

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // nobody meddled yet
  }
}

function look() {
  offsetMs = Number(read(clockFile)) || 0;
  const wanted = read(breakFile);
  if (wanted === broken) return;
  broken = wanted;
  const [port] = wanted.split(" ");
  for (const socket of sockets) if (socket.remotePort === Number(port)) socket.resetAndDestroy();
}

if (clockFile !== undefined) {
  look();
  setInterval(look, 50).unref();
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + offsetMs);
      else super(...args);
    }
    static now() {
      return RealDate.now() + offsetMs;
    }
  };
  subscribe("net.client.socket", ({ socket }) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
}
