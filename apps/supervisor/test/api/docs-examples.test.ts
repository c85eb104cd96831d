import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { RESTART_FEATURE } from "@hal/protocol";
import { WebhookReceiver } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docsPage } from "../../src/api/pages/docs-page.ts";
import { connected, event, events } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

const run = promisify(execFile);
const PAGE = String(await docsPage("0"));
const textOf = (html: string): string =>
  html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
const EXAMPLES = [...PAGE.matchAll(/<pre><code>([^]*?)<\/code><\/pre>/g)]
  .map(([, html]) => textOf(html as string))
  .filter((text) => text.startsWith("curl"));
const firstLineOf = (example: string): string => example.split("\n")[0] as string;

let stage: Stage;
let n8n: WebhookReceiver;
beforeAll(async () => {
  n8n = await new WebhookReceiver().listen();
  stage = await startStage({}, { channels: { webhooks: { n8n: { url: n8n.url, allow_private: true } } } });
  const agent = await connected(stage, {
    features: [RESTART_FEATURE],
    projects: [{ name: "my-project", directory: "/srv/p1", state: "ready" }],
  });
  const of = { project: "my-project", session: "ses_4f1c" };
  const asked = { interactionId: "per_4f1c", kind: "permission", summary: "may I?", askedAt: 1 };
  agent.send(
    events(
      event(1, "session.started", { title: "a title", model: "a/b", createdAt: 1, updatedAt: 1 }, of),
      event(2, "session.busy", {}, of),
      event(3, "interaction.asked", asked, { ...of, session: "ses_asks" }),
      event(4, "session.error", { name: "APIError", message: "invalid key" }, of),
    ),
  );
  await agent.next("ack");
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await n8n[Symbol.asyncDispose]();
});

/** Types an example as it stands, and returns what comes of it; what goes on is ended after a moment. */
async function typed(example: string): Promise<{ readonly status: number; readonly body: string }> {
  const script = `curl() { command curl --silent --max-time 3 --write-out '\\n%{http_code}' "$@"; }\n${example}`;
  const env = { ...process.env, HAL: `http://127.0.0.1:${stage.supervisor.httpPort}`, HAL_TOKEN: TOKEN };
  // 28: it went on until the time was over
  const { stdout } = await run("bash", ["-c", `${script}; exit 0`], { env });
  const at = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) };
}

describe("each example of the page about the API works as it is printed", () => {
  it("has one for each operation", () => {
    expect(EXAMPLES.length).toBeGreaterThan(80);
  });

  it.each(EXAMPLES.map((example) => [firstLineOf(example), example] as const))("%s", async (_, example) => {
    const { status, body } = await typed(example);
    // a sample's name may be nobody's here, or nothing that can be done with it just now; what was asked is understood
    const isUnderstood = status === 200 || [404, 409, 504].includes(status) || (status === 0 && body === "");
    expect([example, isUnderstood, status, body]).toEqual([example, true, status, body]);
    expect(body).not.toMatch(/no such (?:path|route)|there is no path/);
  });
});

it("the contents are folded until somebody opens them, and hold every operation", () => {
  const [contents = ""] = /<nav[^]*<\/nav>/.exec(PAGE) ?? [];
  expect(contents).toMatch(/<details class="all">/);
  expect(contents.match(/<li>/g)?.length).toBeGreaterThan(EXAMPLES.length - 5);
});
