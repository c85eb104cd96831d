import { html } from "hono/html";
import { BARE_PATHS } from "../routes.ts";
import { type Html, page } from "./layout.ts";

/** What a person sees who opens the HTTP port: what this is, and where to go on. */
export function indexPage(version: string): Html {
  return page(
    "HAL-O-SWARM",
    html`<main class="index">
      <h1>HAL-O-SWARM</h1>
      <p>
        This is <code>hal-supervisor</code> ${version}: it watches coding agents on all your machines, in one place.
      </p>
      <dl>
        <dt><a href="${BARE_PATHS.docs}">API</a></dt>
        <dd>every operation, with an example</dd>
        <dt><a href="${BARE_PATHS.openapi}">openapi.json</a></dt>
        <dd>the same for programs, as OpenAPI 3.1</dd>
        <dt><a href="${BARE_PATHS.ready}">Readiness</a></dt>
        <dd>whether it can do its work, and why not</dd>
        <dt><a href="${BARE_PATHS.metrics}">Metrics</a></dt>
        <dd>for Prometheus</dd>
      </dl>
      <p>In a terminal: <code>halctl status</code></p>
    </main>`,
  );
}
