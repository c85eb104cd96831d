// Loaded into hal-supervisor and hal-agent with NODE_OPTIONS: their wall clock is off by the milliseconds that a file
// says, while the machine's own, and monotonic time, are what they are.
import { readFileSync } from "node:fs";

const file = process.env.HAL_CHAOS_CLOCK;
const RealDate = Date;
let offsetMs = 0;

function look() {
  try {
    offsetMs = Number(readFileSync(file, "utf8")) || 0;
  } catch {
    offsetMs = 0;
  }
}

if (file !== undefined) {
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
}
