// The tables of docs/configuration.md, from the JSON Schema that a program prints of its own configuration.
import { spawnSync } from "node:child_process";
import path from "node:path";

const ROOT = path.dirname(import.meta.dirname);

/** What the programs print, by the name of the table in docs/configuration.md. */
const TABLES = {
  "hal-supervisor": { file: "apps/supervisor/dist/bin/hal-supervisor.js", args: ["--print-schema"] },
  "hal-agent": { file: "apps/agent/dist/bin/hal-agent.js", args: ["--print-schema"] },
  halctl: { file: "apps/halctl/dist/bin/halctl.js", args: ["config", "schema"] },
};

/**
 * A document with every table made anew between `<!-- settings: NAME -->` and `<!-- /settings -->`; `NAME section` holds the
 * settings of that section, `NAME` all others.
 * @param {string} document
 * @returns {string}
 */
export function withTables(document) {
  const marked = /(<!-- settings: (\S+?)(?: (\S+))? -->\n)[^]*?(<!-- \/settings -->)/g;
  const sections = [...document.matchAll(marked)].map(([, , name, section]) => ({ name, section }));
  return document.replace(marked, (_whole, begin, name, section, end) => {
    const rows = rowsOf(printed(name), "").filter(({ key }) => {
      const own = sections.filter((one) => one.name === name && one.section !== undefined);
      const home = own.find((one) => key.startsWith(`${one.section}.`))?.section;
      return home === section;
    });
    const lines = rows.map(({ key, usual, text }) => `| \`${key}\` | ${usual} | ${text} |\n`);
    return `${begin}| key | default | |\n|---|---|---|\n${lines.join("")}${end}`;
  });
}

/** @returns {any} */
function printed(name) {
  const { file, args } = TABLES[name];
  const { stdout, status, stderr } = spawnSync(process.execPath, [path.join(ROOT, file), ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${name} printed no schema: ${stderr}`);
  return JSON.parse(stdout);
}

/** @returns {{ key: string, usual: string, text: string }[]} */
function rowsOf(schema, at) {
  return Object.entries(schema.properties ?? {}).flatMap(([name, setting]) => {
    if (name === "$schema" || (name.endsWith("_file") && schema.properties[name.slice(0, -5)]?.writeOnly === true))
      return [];
    const key = at === "" ? name : `${at}.${name}`;
    const below = rowsHolder(setting);
    const inner = below.schema === undefined ? [] : rowsOf(below.schema, `${key}${below.suffix}`);
    const { description } = setting;
    if (inner.length > 0 && description === undefined) return inner;
    return [{ key, usual: usualOf(schema, name, setting), text: textOf(setting) }, ...inner];
  });
}

/** Where the settings below one are. */
function rowsHolder(setting) {
  const { items, additionalProperties } = setting;
  if (setting.properties !== undefined) return { schema: setting, suffix: "" };
  if (items?.properties !== undefined) return { schema: items, suffix: "[]" };
  if (additionalProperties?.properties !== undefined) return { schema: additionalProperties, suffix: ".NAME" };
  return { schema: undefined, suffix: "" };
}

function usualOf(schema, name, setting) {
  const isRequired =
    schema.required?.includes(name) === true ||
    schema.allOf?.some(({ anyOf }) => anyOf?.some(({ required }) => required?.includes(name))) === true;
  if (isRequired) return "required";
  const { default: usual } = setting;
  if (usual === undefined || (typeof usual === "object" && Object.keys(usual).length === 0)) return "";
  return typeof usual === "string" ? `\`${usual}\`` : String(usual);
}

function textOf({ description = "", minimum, maximum }) {
  const bounds = minimum === undefined || maximum === undefined || minimum === 0 ? "" : ` (${minimum} to ${maximum})`;
  return `${description.replaceAll("|", "\\|")}${bounds}`;
}
