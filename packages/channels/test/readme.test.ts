import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WebhookReceiver } from "@hal/testkit";
import { describe, expect, it } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const EXAMPLE = `${PACKAGE}examples/tell-a-webhook.ts`;
const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes, yes").toString("base64")}`;

/** Runs the example as a program of its own. */
async function run(url: string): Promise<string> {
  const env = { ...process.env, WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET };
  const ran = promisify(execFile)(process.execPath, ["--conditions=@hal/source", EXAMPLE], { cwd: PACKAGE, env });
  const { stdout, stderr } = await ran.catch((error: unknown) => error as { stdout: string; stderr: string });
  return stdout + stderr;
}

describe("the example of the README", () => {
  it("is the one that is run here, in twenty lines at most", async () => {
    const [readme, example] = await Promise.all([readFile(`${PACKAGE}README.md`, "utf8"), readFile(EXAMPLE, "utf8")]);
    expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(example);
    expect(example.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
  });

  it("tells a webhook, which finds its signature right", async () => {
    await using receiver = await new WebhookReceiver({ secret: SECRET }).listen();
    expect(await run(receiver.url)).toBe("it arrived\n");
    expect(receiver.received).toMatchObject([
      { id: "build-4711", problem: undefined, body: { type: "build.failed", data: { branch: "main", minutes: 12 } } },
    ]);
  });

  it("says what became of it where it does not arrive", async () => {
    await using receiver = await new WebhookReceiver({ secret: SECRET }).listen();
    receiver.answerAlways({ status: 503 });
    expect(await run(receiver.url)).toBe("again: it answered 503\n");
  });
});
