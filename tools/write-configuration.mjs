// npm run docs: writes the tables of docs/configuration.md anew, from what the built programs say of their settings.
import { readFileSync, writeFileSync } from "node:fs";
import { withTables } from "./settings-table.mjs";

const file = new URL("../docs/configuration.md", import.meta.url);
writeFileSync(file, withTables(readFileSync(file, "utf8")));
