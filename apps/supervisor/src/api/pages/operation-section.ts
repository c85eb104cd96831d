import { html } from "hono/html";
import type { InputField, RequestDescription } from "../openapi/describe-operation.ts";
import { FAILURES } from "../openapi/failures.ts";
import { curlExample } from "./curl-example.ts";
import type { Html } from "./layout.ts";
import { prose, typeWords } from "./type-words.ts";

/** One operation, by all of its requests: who may ask it, what goes in, what comes out, how it fails. */
export function operationSection(requests: readonly [RequestDescription, ...RequestDescription[]]): Html {
  const [first, ...others] = requests;
  const { operation, fields, failures } = first;
  return html`<section class="operation" id="${operation.name}">
    <h3>
      <a href="#${operation.name}">${operation.name}</a><span class="role ${operation.role}">${operation.role}</span>
    </h3>
    <p>${prose(operation.summary)}.</p>
    <p class="route"><b class="${operation.method}">${operation.method}</b> <code>${first.path}</code></p>
    ${others.map(({ path }) => html`<p class="route also"><b class="${operation.method}">${operation.method}</b> <code>${path}</code></p>`)}
    ${fields.length === 0 ? html`<p class="quiet">It takes no input.</p>` : inputTable(fields)}
    <p><b>Answers</b> ${answerWords(first)}</p>
    <p class="quiet">
      <b>Fails with</b>
      ${failures.map((status, index) => html`${index === 0 ? "" : " · "}<abbr title="${FAILURES[status] ?? ""}">${status}</abbr>`)}
    </p>
    <pre><code>${curlExample(first)}</code></pre>
  </section> `;
}

function answerWords({ operation, output }: RequestDescription): Html {
  if (operation.kind === "stream")
    return html`server-sent events; the <code>data:</code> of each is ${typeWords(output)}`;
  return html`<code>data</code>: ${typeWords(output)}`;
}

function inputTable(fields: readonly InputField[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th>Field</th>
        <th>In</th>
        <th>Type</th>
        <th>Meaning</th>
      </tr>
    </thead>
    <tbody>
      ${fields.map(
        ({ name, place, isRequired, schema }) =>
          html`<tr>
            <th scope="row"><code>${name}</code>${isRequired ? html`<sup title="needed">*</sup>` : ""}</th>
            <td class="place">${place}</td>
            <td class="type">${typeWords(schema)}${defaultWords(schema.default)}</td>
            <td>${prose(schema.description ?? "")}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function defaultWords(value: unknown): Html | "" {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return "";
  return html` <span class="quiet">(<code>${String(value)}</code> if absent)</span>`;
}
