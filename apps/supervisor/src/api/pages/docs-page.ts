import { ERROR_CODES, httpErrorCode, LIMITS } from "@hal/protocol";
import { html } from "hono/html";
import { STATUS } from "../envelope.ts";
import type { RequestDescription } from "../openapi/describe-operation.ts";
import { describeRequests, tagOf } from "../openapi/document.ts";
import { FAILURES } from "../openapi/failures.ts";
import { type JsonSchema, namedSchemas } from "../openapi/json-schema.ts";
import { BARE_PATHS } from "../routes.ts";
import { type Html, page } from "./layout.ts";
import { operationSection } from "./operation-section.ts";
import { prose, typeWords } from "./type-words.ts";

type Requests = readonly [RequestDescription, ...RequestDescription[]];

interface Group {
  readonly tag: string;
  readonly operations: readonly Requests[];
}

/** The API as a person reads it, made from the operations contract. */
export function docsPage(version: string): Html {
  const groups = [...Map.groupBy(describeRequests(), tagOf)].map(([tag, requests]) => ({
    tag,
    operations: [...Map.groupBy(requests, ({ operation }) => operation.name).values()] as unknown as Requests[],
  }));
  const types = Object.entries(namedSchemas());
  return page(
    "HAL-O-SWARM API",
    html`<header>
        <h1>HAL-O-SWARM API</h1>
        <p>
          hal-supervisor ${version} · <a href="${BARE_PATHS.openapi}">openapi.json</a> ·
          <a href="${BARE_PATHS.index}">start</a>
        </p>
      </header>
      ${navigation(groups)}
      <main>
        ${introduction()}
        ${groups.map(
          ({ tag, operations }) =>
            html`<h2 id="${tag}">${tag}</h2>
              ${operations.map((requests) => operationSection(requests))}`,
        )}
        <h2 id="types">Types</h2>
        ${types.map(([name, schema]) => typeSection(name, schema))}
      </main>`,
  );
}

/** Where there is room all of it is beside the page; on a phone it is folded away. */
function navigation(groups: readonly Group[]): Html {
  return html`<nav aria-label="Operations">
    <details class="all">
      <summary>Contents</summary>
      <ul class="chapters">
        <li><a href="#access">Access</a></li>
        <li><a href="#answers">Answers</a></li>
        <li><a href="#failures">Failures</a></li>
        <li><a href="#types">Types</a></li>
      </ul>
      ${groups.map(
        ({ tag, operations }) =>
          html`<section>
            <h2>${tag}</h2>
            <ul>
              ${operations.map(([{ operation }]) => html`<li><a href="#${operation.name}">${operation.name}</a></li>`)}
            </ul>
          </section>`,
      )}
    </details>
  </nav>`;
}

function introduction(): Html {
  return html`<h2 id="access">Access</h2>
    <p>
      Every request carries a token. A token has a role: a <span class="role viewer">viewer</span> looks, an
      <span class="role operator">operator</span> also works with sessions, an
      <span class="role admin">admin</span> also manages tokens and reads the audit. The shared token of the
      configuration is admin. <code>halctl tokens create</code> makes others.
    </p>
    <pre><code>export HAL=http://localhost:8421 HAL_TOKEN=…
curl -H "Authorization: Bearer $HAL_TOKEN" "$HAL/api/v1/status"</code></pre>
    <h2 id="answers">Answers</h2>
    <p>
      Success is <code>{"data": …, "meta"?: …}</code>. Times are ISO 8601 in UTC, money is dollars. Fields may be added
      at any time.
    </p>
    <p>
      A list that is longer than a page has <code>meta.next</code>: send it as <code>cursor</code>, with the rest of the
      query as it was. A page may be short; the list ends where there is no <code>meta.next</code>.
    </p>
    <p>
      What changes something takes an <code>Idempotency-Key</code> of 1 to ${LIMITS.idempotencyKeyChars} characters: the
      same key with the same input makes the same command, however often it is sent.
    </p>
    <p>
      A command for a node that is away waits for it, visibly, until its deadline. The answer tells the state of the
      command and the reason; <a href="#commands.get">commands.get</a> waits for more.
    </p>
    <p>
      Streams are server-sent events. Where an event has an <code>id:</code>, <code>Last-Event-ID</code> goes on behind
      it.
    </p>
    <p>
      Without a token: <a href="${BARE_PATHS.alive}">${BARE_PATHS.alive}</a>,
      <a href="${BARE_PATHS.ready}">${BARE_PATHS.ready}</a>, <a href="${BARE_PATHS.health}">${BARE_PATHS.health}</a>,
      <a href="${BARE_PATHS.metrics}">${BARE_PATHS.metrics}</a>.
    </p>
    <h2 id="failures">Failures</h2>
    <p>
      Every failure is <code>{"error": "…", "code": "…", "details"?: …}</code>: one line that says what to do next, and
      one of these codes.
    </p>
    ${failureTable()} `;
}

function failureTable(): Html {
  const codes = Map.groupBy(ERROR_CODES, (code) => STATUS[code]);
  const named = (status: number): string[] => [
    ...(status === 400 ? [httpErrorCode({ code: "bad_request", message: "", details: {} })] : []),
    ...(codes.get(status) ?? []).map((code) => httpErrorCode({ code, message: "" })),
  ];
  return html`<table>
    <thead>
      <tr>
        <th>Status</th>
        <th>Codes</th>
        <th>Meaning</th>
      </tr>
    </thead>
    <tbody>
      ${[...codes.keys()]
        .toSorted((a, b) => a - b)
        .map(
          (status) =>
            html`<tr>
              <th scope="row">${status}</th>
              <td>${named(status).map((code, index) => html`${index === 0 ? "" : ", "}<code>${code}</code>`)}</td>
              <td>${prose(FAILURES[status] ?? "")}</td>
            </tr> `,
        )}
    </tbody>
  </table>`;
}

function typeSection(name: string, schema: JsonSchema): Html {
  const shapes = (schema.oneOf ?? [schema]) as JsonSchema[];
  return html`<section id="type-${name}">
    <h3>${name}</h3>
    ${shapes.map((shape, index) => html`${index === 0 ? "" : html`<p>or</p>`}${fieldTable(shape)}`)}
  </section> `;
}

function fieldTable({ properties, required }: JsonSchema): Html {
  const needed = new Set(required);
  return html`<table>
    <thead>
      <tr>
        <th>Field</th>
        <th>Type</th>
        <th>Meaning</th>
      </tr>
    </thead>
    <tbody>
      ${Object.entries(properties ?? {}).map(([name, field]) => {
        const schema = field as JsonSchema;
        const optional = needed.has(name) ? "" : html` <span class="quiet">(may be absent)</span>`;
        return html`<tr>
          <th scope="row"><code>${name}</code></th>
          <td class="type">${typeWords(schema)}${optional}</td>
          <td>${prose(schema.description ?? "")}</td>
        </tr> `;
      })}
    </tbody>
  </table>`;
}
