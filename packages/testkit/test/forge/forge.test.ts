import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GithubDouble, GitlabDouble } from "../../src/index.ts";

interface Came {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

const came: Came[] = [];
const listener = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    came.push({ headers: request.headers, body: Buffer.concat(pieces).toString() });
    response.writeHead(202).end("{}");
  });
});
const hook = (): string => `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;

beforeAll(async () => {
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
});
afterAll(() => {
  listener.closeAllConnections();
  listener.close();
});

describe("the double of GitHub", () => {
  // the example that GitHub's documentation gives for whoever checks signatures
  it("signs as the service documents it", async () => {
    await using github = await new GithubDouble({ hook, secret: "It's a Secret to Everybody", token: "t" }).listen();
    await github.deliver("push", {}, { body: "Hello, World!" });
    const own = came.at(-1);
    const documented = createHmac("sha256", "It's a Secret to Everybody").update("Hello, World!").digest("hex");
    expect(documented).toBe("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    expect(own?.headers["x-hub-signature-256"]).toBe(
      `sha256=${createHmac("sha256", "It's a Secret to Everybody").update("{}").digest("hex")}`,
    );
  });

  it("tells again under the same id", async () => {
    await using github = await new GithubDouble({ hook, secret: "s", token: "t" }).listen();
    const { id } = await github.deliver("issues", { a: 1 });
    await github.redeliver(id);
    const [one, other] = came.slice(-2);
    expect(one).toEqual(other);
    expect(other?.headers["x-github-delivery"]).toBe(id);
  });

  it.each([
    ["no token", {}, { body: "x" }, 401],
    ["a wrong token", { authorization: "Bearer wrong" }, { body: "x" }, 401],
    ["a comment without a word", { authorization: "Bearer t" }, { body: " " }, 422],
    ["a comment that is too long", { authorization: "Bearer t" }, { body: "x".repeat(65_537) }, 422],
    ["a comment", { authorization: "Bearer t" }, { body: "x" }, 201],
  ])("judges %s", async (_, headers, body, status) => {
    await using github = await new GithubDouble({ hook, secret: "s", token: "t" }).listen();
    const url = `${github.url}/repos/octo/web/issues/7/comments`;
    const response = await fetch(url, { method: "POST", headers: { ...headers }, body: JSON.stringify(body) });
    expect(response.status).toBe(status);
    expect(github.comments).toHaveLength(status === 201 ? 1 : 0);
  });

  it("writes what it cuts the answer of, and not what it resets", async () => {
    await using github = await new GithubDouble({ hook, secret: "s", token: "t" }).listen();
    github.edge.failNext("drop", "reset", { status: 503 });
    const call = () =>
      fetch(`${github.url}/repos/octo/web/issues/7/comments`, {
        method: "POST",
        headers: { authorization: "Bearer t" },
        body: JSON.stringify({ body: "x" }),
      });
    await expect(call()).rejects.toThrow("fetch failed");
    expect(github.comments).toHaveLength(1);
    await expect(call()).rejects.toThrow("fetch failed");
    expect((await call()).status).toBe(503);
    expect(github.comments).toHaveLength(1);
  });
});

describe("the double of GitLab", () => {
  it("signs as Standard Webhooks have it, beside the token that it sends as it is", async () => {
    const key = Buffer.from("thirty-two bytes of a secret key");
    const signingToken = `whsec_${key.toString("base64")}`;
    await using gitlab = await new GitlabDouble({ hook, signingToken, secret: "old", token: "t" }).listen();
    await gitlab.deliver("Issue Hook", { a: 1 });
    const own = came.at(-1);
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = own?.headers ?? {};
    const text = `${String(id)}.${String(at)}.{"a":1}`;
    expect(signature).toBe(`v1,${createHmac("sha256", key).update(text).digest("base64")}`);
    expect(own?.headers["x-gitlab-token"]).toBe("old");
  });

  it("judges what is written to it", async () => {
    await using gitlab = await new GitlabDouble({ hook, token: "t" }).listen();
    const call = (path: string, body: object, token = "t") =>
      fetch(`${gitlab.url}/projects/12/${path}`, {
        method: "POST",
        headers: { "private-token": token },
        body: JSON.stringify(body),
      });
    const status = { state: "success", name: "hal", description: "done" };
    const answers = [
      await call("issues/7/notes", { body: "x" }, "wrong"),
      await call("issues/7/notes", { body: "x" }),
      await call("statuses/abc1234", status),
      await call("statuses/abc1234", { ...status, description: "x".repeat(256) }),
    ];
    expect(answers.map((one) => one.status)).toEqual([401, 201, 201, 400]);
  });
});
