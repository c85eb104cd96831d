import { readFileSync, writeFileSync } from "node:fs";
import { protocolSchema } from "./protocol-schema.ts";

/** Part of the build: dist/schema.json, which is published as @hal/protocol/schema.json. */
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
const file = new URL("../dist/schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(protocolSchema(manifest.version), null, 2)}\n`);
