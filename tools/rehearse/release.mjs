import { appendFileSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "./run.mjs";

/**
 * Makes a release of the last commit in a copy: versions and changelogs, a build, and what is published to a registry.
 * @param {string} root of the repository
 * @param {{ tree: string, env: NodeJS.ProcessEnv, registry: { url: string, token: string } }} options
 * @returns {Promise<{ name: string, version: string, engines: { node: string }, bin?: Record<string, string> }[]>} the manifests
 */
export async function release(root, { tree, env: outer, registry }) {
  await run("git", ["clone", "--quiet", "--local", root, tree], { cwd: root, env: outer });
  const env = { ...outer, PATH: `${path.join(tree, "node_modules", ".bin")}${path.delimiter}${outer.PATH}` };
  const place = { cwd: tree, env };
  const before = published(tree);
  await run("pnpm", ["install", "--frozen-lockfile", "--prefer-offline", "--silent"], place);
  if (globSync("*.md", { cwd: path.join(tree, ".changeset") }).length === 0)
    writeFileSync(
      path.join(tree, ".changeset", "rehearsal.md"),
      `---\n"${before[0].name}": patch\n---\n\nA release is rehearsed.\n`,
    );
  await run("changeset", ["version"], place);
  const manifests = published(tree);
  checkVersions(tree, { before, manifests });
  await run("turbo", ["run", "build", "--output-logs=errors-only"], place);
  await checkMaps(place);
  appendFileSync(path.join(tree, ".npmrc"), npmrc(registry));
  await run("changeset", ["publish", "--no-git-tag"], place);
  return manifests;
}

/** What sends our scope, and nothing else, to the registry of the rehearsal. */
export function npmrc({ url, token }) {
  return `\n@hal:registry=${url}/\n${url.replace("http:", "")}/:_authToken=${token}\n`;
}

/** The archive of source maps has one for each file that says it has one. */
async function checkMaps({ cwd, env }) {
  const archive = (
    await run("node", ["tools/source-maps.mjs", "maps"], { cwd, env: { ...env, INIT_CWD: cwd } })
  ).trim();
  const kept = new Set((await run("tar", ["-tzf", archive], { cwd, env })).split("\n"));
  for (const file of globSync("*/dist/bin/*.js", { cwd: path.join(cwd, "apps") })) {
    const [, map] = /^\/\/# sourceMappingURL=(.+)$/m.exec(readFileSync(path.join(cwd, "apps", file), "utf8")) ?? [];
    if (map !== undefined && !kept.has(path.join(path.dirname(file), map)))
      throw new Error(`${file} has no source map in ${path.basename(archive)}`);
  }
}

function published(tree) {
  return globSync("{packages,apps}/*/package.json", { cwd: tree })
    .map((file) => ({ ...JSON.parse(readFileSync(path.join(tree, file), "utf8")), folder: path.dirname(file) }))
    .filter((manifest) => manifest.private !== true);
}

/** All of them go to one new version, and each says what is new in it. */
function checkVersions(tree, { before, manifests }) {
  const versions = new Set(manifests.map(({ version }) => version));
  if (versions.size !== 1) throw new Error(`the packages have different versions: ${[...versions].join(", ")}`);
  const [version] = versions;
  if (before.some((one) => one.version === version)) throw new Error(`nothing has a new version: all have ${version}`);
  if (globSync("*.md", { cwd: path.join(tree, ".changeset") }).length > 0)
    throw new Error("there are changesets left that no version has");
  for (const { name, folder } of manifests) {
    const file = path.join(tree, folder, "CHANGELOG.md");
    if (!existsSync(file) || !readFileSync(file, "utf8").includes(`## ${version}`))
      throw new Error(`${name} has no changelog of ${version}`);
  }
}
