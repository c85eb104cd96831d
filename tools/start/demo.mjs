import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "./problem.mjs";

/** how often a session that says nothing is shown to be alive */
const PROGRESS_MS = 10_000;
const TASK = "Write a haiku about a quiet night into haiku.txt.";
/** A prompt of the README, and what the scripted model does when it reads it. */
export const ASKING = [
  "Ask me whether",
  `[[tool: question ${JSON.stringify({
    questions: [
      {
        question: "Rain or snow?",
        header: "Weather",
        options: [
          { label: "rain", description: "a wet haiku" },
          { label: "snow", description: "a white haiku" },
        ],
      },
    ],
  })}]] [[say: Thank you. That is what it will be about.]]`,
];
const HAIKU = "The agents work on;\none lamp, one log, no surprise.\nMorning reads it all.";

/** A scratch project with a git history of its own. @param {string} directory */
export function prepareDemo(directory) {
  mkdirSync(directory, { recursive: true });
  if (existsSync(path.join(directory, ".git"))) return;
  writeFileSync(path.join(directory, "README.md"), "# demo\n\nA scratch project of `npm start -- --demo`.\n");
  const author = ["-c", "user.name=demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "."],
    [...author, "commit", "--quiet", "--message", "A scratch project"],
  ])
    spawnSync("git", args, { cwd: directory, stdio: "ignore" });
}

/**
 * Starts a session in the project "demo", shows what happens in it, and what it took. It waits as long as the session works.
 * @param {{ client: import("@hal/protocol").OperatorClient, directory: string, isScripted: boolean, show: (text: string) => void, signal: AbortSignal }} options
 * @returns {Promise<boolean>} whether it came to an answer
 */
export async function runDemo({ client, directory, isScripted, show, signal }) {
  const { output: latest } = await client.call("events.list", { limit: 1 });
  show(`  prompt    ${TASK}`);
  const prompt = isScripted ? `${TASK}\n${scriptFor(directory)}` : TASK;
  const began = performance.now();
  let doing = "starting the session";
  const progress = setInterval(
    () => show(`  … ${Math.round((performance.now() - began) / 1000)} s: ${doing}`),
    PROGRESS_MS,
  );
  try {
    const { output } = await client.call("sessions.start", { project: "demo", prompt, wait_ms: 60_000 }, { signal });
    const { state, reason, session_id: session, message_id: message } = await outcome(client, output, signal);
    if (state !== "succeeded" || session === null) throw new Problem(`the demo session did not start: ${reason}`);
    doing = "the session works";
    const tell = (text, now) => {
      doing = now;
      show(text);
    };
    await follow(client, { session, message, after: latest[0]?.cursor, tell, signal });
    return await summarise(client, session, message, show);
  } finally {
    clearInterval(progress);
  }
}

/** What a command came to, once it is over. */
async function outcome(client, reply, signal) {
  let { command } = reply;
  while (["queued", "sent", "running"].includes(command.state))
    command = (await client.call("commands.get", { id: command.id, wait_ms: 60_000 }, { signal })).output;
  return { message_id: reply.message_id, ...command, session_id: reply.session_id ?? command.session_id };
}

/** Shows what happens in a session until its answer is there, or it failed. */
async function follow(client, { session, message, after, tell, signal }) {
  const over = new AbortController();
  const input = { session_id: session, after };
  try {
    for await (const { item } of client.stream("events.stream", input, {
      signal: AbortSignal.any([signal, over.signal]),
    })) {
      const text = describe(item);
      if (text !== undefined)
        tell(`  ${item.timestamp.slice(11, 19)}  ${item.type.padEnd(20)} ${text}`.trimEnd(), doingAfter(item));
      if (item.type === "session.error") return;
      if (item.type === "session.idle" && (await answersTo(client, session, message)).length > 0) return;
    }
  } finally {
    over.abort();
  }
}

/** What the scripted model does when it reads this. */
function scriptFor(directory) {
  const file = { filePath: path.join(directory, "haiku.txt"), content: `${HAIKU}\n` };
  return `[[tool: write ${JSON.stringify(file)}]] [[say: Here it is, in haiku.txt:\n\n${HAIKU}]]`;
}

async function answersTo(client, session, message) {
  const { output } = await client.call("sessions.messages", { ref: session });
  return output.filter(
    ({ role, parent_id: parent }) => role === "assistant" && (message === null || parent === message),
  );
}

async function summarise(client, session, message, show) {
  const answers = await answersTo(client, session, message);
  const view = await settledView(client, session);
  const answer = answers.at(-1);
  show(
    `\n  answer    ${(answer?.text || answer?.error?.message || view.reason).replaceAll(/\n(?=.)/g, "\n            ")}`,
  );
  show(`  session   ${view.id} (${view.status}) · ${view.model ?? "no model"}`);
  show(`  tokens    ${view.tokens.toLocaleString("en")}`);
  show(`  cost      $${view.cost.toFixed(4)}\n`);
  return answer !== undefined && answer.error === null;
}

/** opencode tells a session's sums a moment after its turn is over. */
async function settledView(client, session) {
  for (let attempt = 0; ; attempt += 1) {
    const { output: messages } = await client.call("sessions.messages", { ref: session });
    const { output: view } = await client.call("sessions.get", { ref: session });
    if (attempt === 20 || view.tokens >= messages.reduce((sum, { tokens }) => sum + tokens, 0)) return view;
    await delay(100);
  }
}

function describe({ type, data }) {
  switch (type) {
    case "session.message":
      return data.role === "user"
        ? "the prompt"
        : firstLine(data.text) || data.tools.map(({ tool }) => tool).join(", ");
    case "tool.execute.after":
      return `${data.tool} ${data.title} (${data.status})`;
    case "session.error":
      return data.message;
    case "interaction.asked":
      return data.summary;
    case "session.retrying":
      return data.message;
    case "session.started":
    case "session.busy":
    case "session.idle":
      return "";
    default:
      return undefined;
  }
}

/** What a session does after that event, for as long as nothing else comes. */
function doingAfter({ type, data }) {
  switch (type) {
    case "interaction.asked":
      return "the session waits for you; in another terminal: npm run halctl -- inbox";
    case "session.retrying":
      return `the provider is tried again: ${data.message}`;
    default:
      return "the session works";
  }
}

function firstLine(text) {
  return text.split("\n", 1)[0].slice(0, 80);
}
