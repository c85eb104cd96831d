// Everything that somebody who means ill, or nothing, can do to a supervisor's ports, for a bounded time. It prints one line of
// JSON about what came of it. Started by a story with one argument, {socket, http, seconds, connections, operator}.
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const { socket: socketPort, http: httpPort, seconds, connections, operator } = JSON.parse(process.argv[2]);
const began = performance.now();
const endsAt = began + seconds * 1000;
const isOver = () => performance.now() >= endsAt;
const open = new Set();
// whatever happens, it ends by itself
setTimeout(() => process.exit(0), (seconds + 15) * 1000);

/** A connection to one of the ports; counted by whoever cares. */
function dial(port, text = "") {
  const socket = connect({ host: "127.0.0.1", port });
  open.add(socket);
  socket.on("error", () => undefined);
  socket.on("close", () => open.delete(socket));
  socket.resume();
  if (text !== "") socket.write(text);
  return socket;
}

/** Opens so many connections that say nothing: a fifth of them at once, the others over most of the time. */
async function silent() {
  const result = { opened: 0, cut: 0, mostAtOnce: 0 };
  let alive = 0;
  while (!isOver() && result.opened < connections) {
    const share = 0.2 + (0.8 * (performance.now() - began)) / (seconds * 750);
    while (result.opened < Math.min(connections, Math.ceil(connections * share))) {
      result.opened += 1;
      const socket = dial(result.opened % 2 === 0 ? socketPort : httpPort);
      socket.on("connect", () => {
        alive += 1;
        result.mostAtOnce = Math.max(result.mostAtOnce, alive);
        socket.on("close", () => {
          alive -= 1;
          if (!isOver()) result.cut += 1;
        });
      });
    }
    await delay(100);
  }
  return result;
}

/** Says `head` at once and then one byte after the other: whether it was closed before the crowd goes, and what it heard. */
async function drip(port, head) {
  let heard = "";
  const socket = dial(port, head);
  socket.on("data", (data) => (heard += data));
  while (!socket.destroyed && !isOver()) {
    socket.write("x");
    await delay(200);
  }
  const isClosed = socket.destroyed;
  socket.destroy();
  return { isClosed, status: Number(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? 0) };
}

/** Sends the head of a request, and nothing of its body: whether it is listened to, and what it hears when nothing comes. */
function stop(port, head) {
  const listened = Promise.withResolvers();
  const ended = Promise.withResolvers();
  let heard = "";
  const socket = dial(port, `${head.trimEnd()}\r\nexpect: 100-continue\r\n\r\n`);
  socket.on("data", (data) => {
    heard += data;
    listened.resolve();
  });
  socket.on("close", () => {
    listened.resolve();
    ended.resolve([...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status)));
  });
  return { listened: listened.promise, ended: ended.promise };
}

const BODY = `POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${operator}\r\ncontent-length: 100000\r\n\r\n`;

/** Slow headers on both ports, and slow bodies by somebody who may start work. */
async function slow() {
  const headers = "GET /api/v1/nodes HTTP/1.1\r\nhost: x\r\nx-slow: ";
  const all = (port, head, count) => Promise.all(Array.from({ length: count }, () => drip(port, head)));
  const [http, socket, bodies] = await Promise.all([
    all(httpPort, headers, 20),
    all(socketPort, headers, 20),
    all(httpPort, `${BODY}{`, 20),
  ]);
  return { headers: [...http, ...socket], bodies };
}

/** Sends 60 MB, as fast as they are taken, and notes what was answered and how much was taken. */
async function big(token, port) {
  const chunk = Buffer.alloc(64 * 1024, "x");
  let left = 60 * 1024 * 1024;
  let heard = "";
  const head = `POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: ${left}\r\n\r\n`;
  const socket = dial(port, head);
  socket.on("data", (data) => (heard += data));
  const closed = new Promise((resolve) => socket.on("close", resolve));
  while (left > 0 && !socket.destroyed && !isOver()) {
    left -= chunk.length;
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
  }
  await Promise.race([closed, delay(2_000)]);
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? 0);
}

async function hugeBodies() {
  const statuses = {};
  for (let round = 0; round < 12 && !isOver(); round += 1) {
    const [token, port] = [
      ["a-wrong-one", httpPort],
      [operator, httpPort],
      ["a-wrong-one", socketPort],
    ][round % 3];
    const name = `${port === socketPort ? "socket" : token === operator ? "operator" : "stranger"} ${await big(token, port)}`;
    statuses[name] = (statuses[name] ?? 0) + 1;
  }
  return statuses;
}

/** A thousand wrong tokens a second, half of them as requests and half as WebSockets. */
async function wrongTokens() {
  const result = { tried: 0, refused: 0, cut: 0, other: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const upgrade = {
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "MDEyMzQ1Njc4OWFiY2RlZg==",
  };
  const attempt = (index) =>
    new Promise((resolve) => {
      const isUpgrade = index % 2 === 0;
      const asking = request(
        {
          host: "127.0.0.1",
          port: isUpgrade ? socketPort : httpPort,
          path: isUpgrade ? "/ws/control" : "/api/v1/nodes",
          headers: { authorization: `Bearer wrong-${index}`, ...(isUpgrade ? upgrade : {}) },
          agent: isUpgrade ? false : agent,
          timeout: 15_000,
        },
        (response) => {
          response.resume();
          result[response.statusCode === 401 ? "refused" : "other"] += 1;
          resolve();
        },
      );
      asking.on("timeout", () => asking.destroy());
      asking.on("error", () => {
        result.cut += 1;
        resolve();
      });
      asking.end();
    });
  const trying = new Set();
  const from = performance.now();
  const forMs = Math.min(5_000, seconds * 1000);
  while (performance.now() - from < forMs) {
    while (result.tried < performance.now() - from && trying.size < 2_000) {
      result.tried += 1;
      const one = attempt(result.tried).finally(() => trying.delete(one));
      trying.add(one);
    }
    await delay(20);
  }
  result.forMs = Math.round(performance.now() - from);
  await Promise.race([Promise.all(trying), delay(Math.max(0, endsAt - performance.now()))]);
  agent.destroy();
  return result;
}

// it has shown its token before the others come
const stopped = stop(httpPort, BODY);
await stopped.listened;
const [quiet, dripping, large, guessed] = await Promise.all([silent(), slow(), hugeBodies(), wrongTokens()]);
while (!isOver()) await delay(50);
const heardWhenStopped = await Promise.race([stopped.ended, delay(5_000).then(() => undefined)]);
for (const socket of open) socket.destroy();
process.stdout.write(
  `${JSON.stringify({ silent: quiet, slow: { ...dripping, heardWhenStopped }, bodies: large, wrongTokens: guessed })}\n`,
  () => process.exit(0),
);
