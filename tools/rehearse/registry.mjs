import { createRequire } from "node:module";
import path from "node:path";
import { installLocked, lockedFolder } from "../locked.mjs";

const USER = { name: "rehearsal", password: "on-loopback-only" };

/**
 * A registry on loopback, with nothing in it and none behind it. Ended with `close`.
 * @param {string} folder where it keeps what is published
 * @param {(text: string) => void} say
 * @returns {Promise<{ url: string, token: string, close: () => Promise<void> }>}
 */
export async function openRegistry(folder, say) {
  const home = lockedFolder("verdaccio");
  const manifest = path.join(home, "node_modules", "verdaccio", "package.json");
  const advice = "look whether npm reaches its registry";
  const why = "no registry to publish to";
  if (!installLocked("verdaccio", manifest, { env: process.env, say, why, advice })) throw new Error(advice);
  const { runServer } = createRequire(manifest)("verdaccio");
  const app = await runServer({
    self_path: path.join(folder, "config.yaml"),
    configPath: path.join(folder, "config.yaml"),
    storage: path.join(folder, "storage"),
    auth: { htpasswd: { file: path.join(folder, "htpasswd") } },
    uplinks: {},
    packages: { "**": { access: "$all", publish: "$authenticated" } },
    web: { enable: false },
    log: { type: "file", path: path.join(folder, "registry.log"), level: "warn" },
  });
  const server = await new Promise((resolve, reject) => {
    const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
    listening.once("error", reject);
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    token: await register(url),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function register(url) {
  const response = await fetch(`${url}/-/user/org.couchdb.user:${USER.name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(USER),
  });
  const { token } = await response.json();
  if (token === undefined) throw new Error(`the registry on loopback gave nobody a token: ${response.status}`);
  return token;
}
