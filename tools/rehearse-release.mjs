// npm run release:rehearse: a release of the last commit, from its changelogs to the user. Everything is published to a registry on
// loopback, and from there installed and used as a person does it, on the oldest and the newest Node that the manifests name. Nothing in the checkout changes.
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { problemsOf } from "./rehearse/check-installed.mjs";
import { extremesOf, installNode } from "./rehearse/node-versions.mjs";
import { openRegistry } from "./rehearse/registry.mjs";
import { npmrc, release } from "./rehearse/release.mjs";
import { ending, run } from "./rehearse/run.mjs";
import { tryFleet } from "./rehearse/try-fleet.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(path.join(tmpdir(), "hal-release-"));
const nodes = path.join(work, "nodes");
try {
  const registry = await openRegistry(folder("registry"), say);
  try {
    say("publishing the last commit to a registry on loopback");
    const manifests = await release(root, { tree: path.join(work, "tree"), env: process.env, registry });
    const env = userEnvironment(registry);
    await checkInstalled(manifests, env);
    const [{ version }] = manifests;
    await eachNode(rangeOf(manifests, "@hal/halctl"), (node) => tryHalctl(version, node, env));
    await eachNode(rangeOf(manifests, "@hal/supervisor"), (node) =>
      tryFleet({ folder: folder(`fleet-${node.version}`), node, env, say, version }),
    );
    say(`${manifests.length} packages can be released as ${version}`);
  } finally {
    await registry.close();
  }
} finally {
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}

/** Installs all of them side by side, and looks at what is really there. */
async function checkInstalled(manifests, env) {
  const user = folder("user");
  writeFileSync(path.join(user, "package.json"), '{ "private": true }\n');
  await run("npm", ["install", ...manifests.map(({ name, version }) => `${name}@${version}`)], { cwd: user, env });
  for (const { name, version, bin = {} } of manifests) {
    const installed = path.join(user, "node_modules", name);
    const problems = problemsOf(installed);
    if (problems.length > 0) throw new Error(`${name}:\n  ${problems.join("\n  ")}`);
    for (const program of Object.keys(bin)) {
      const said = await run(path.join(user, "node_modules", ".bin", program), ["--version"], { cwd: user, env });
      if (said.trim() !== version) throw new Error(`${program} --version says ${said}, not ${version}`);
    }
    say(`${name} ${version}: ${sizeOf(installed)}`);
  }
}

/** `npm install -g @hal/halctl`, its version, and what it says where there is no supervisor. */
async function tryHalctl(version, node, env) {
  const prefix = folder(`halctl-${node.version}`);
  const place = { cwd: prefix, env: { ...env, PATH: `${node.bin}${path.delimiter}${env.PATH}` } };
  const began = performance.now();
  await run("npm", ["install", "--global", "--prefix", prefix, `@hal/halctl@${version}`], place);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const halctl = path.join(prefix, "bin", "halctl");
  const said = await run(halctl, ["--version"], place);
  if (said.trim() !== version) throw new Error(`halctl --version says ${said}, not ${version}`);
  const refused = await ending(
    halctl,
    ["--supervisor-url", "ws://127.0.0.1:1", "--auth-token", "x", "nodes", "list"],
    place,
  );
  if (refused.code !== 3 || refused.stdout !== "" || !/^[^\n]*ws:\/\/127\.0\.0\.1:1[^\n]*\n$/.test(refused.stderr))
    throw new Error(`halctl without a supervisor ended with ${refused.code}: ${refused.stdout}${refused.stderr}`);
  say(
    `halctl on Node ${node.version}: installed in ${seconds} s, ${sizeOf(path.join(prefix, "lib"))}; ${refused.stderr.trim()}`,
  );
}

async function eachNode(range, act) {
  for (const wanted of extremesOf(range)) await act(await installNode(wanted, { folder: nodes, env: process.env }));
}

function rangeOf(manifests, wanted) {
  return manifests.find(({ name }) => name === wanted).engines.node;
}

/** A user whose npm asks the registry on loopback for our scope, and the machine's for everything else. */
function userEnvironment(registry) {
  const userconfig = path.join(work, "npmrc");
  const own = process.env.NPM_CONFIG_USERCONFIG ?? process.env.npm_config_userconfig ?? path.join(homedir(), ".npmrc");
  writeFileSync(userconfig, `${existsSync(own) ? readFileSync(own, "utf8") : ""}${npmrc(registry)}`, { mode: 0o600 });
  const rest = Object.entries(process.env).filter(([name]) => !/^(?:npm_config_userconfig|hal|xdg)/i.test(name));
  return {
    ...Object.fromEntries(rest),
    NPM_CONFIG_USERCONFIG: userconfig,
    // what another rehearsal left under the same version must not come back
    NPM_CONFIG_CACHE: folder("cache"),
    NPM_CONFIG_AUDIT: "false",
    NPM_CONFIG_FUND: "false",
    NPM_CONFIG_LOGLEVEL: "error",
  };
}

function sizeOf(place) {
  const files = globSync("**/*", { cwd: place, exclude: ["**/.bin"], withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  const bytes = files.reduce((sum, one) => sum + statSync(path.join(one.parentPath, one.name)).size, 0);
  return `${(bytes / 1024 / 1024).toFixed(1)} MB in ${files.length} files`;
}

function folder(name) {
  const made = path.join(work, name);
  mkdirSync(made, { recursive: true });
  return made;
}

function say(text) {
  console.log(text);
}
