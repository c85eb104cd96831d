// node tools/copy.mjs FROM TO: replaces the folder TO by a copy of FROM (cp -r, on every system).
import { cpSync, rmSync } from "node:fs";

const [from, to] = process.argv.slice(2);
rmSync(to, { recursive: true, force: true });
cpSync(from, to, { recursive: true });
