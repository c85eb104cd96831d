import { readFileSync, writeFileSync } from "node:fs";
import { withOperations } from "./readme.ts";

/** `npm run docs`: the table of README.md, from the declarations of the operations. */
const file = new URL("../README.md", import.meta.url);
writeFileSync(file, withOperations(readFileSync(file, "utf8")));
