import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A program that says of itself that it is an opencode from the future; nobody can install that one today. */
export function untestedOpencode(folder: string, version: string): string {
  const server = path.join(folder, "untested-opencode.mjs");
  writeFileSync(
    server,
    `import { createServer } from "node:http";
const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
createServer((request, response) => {
  if (request.url === "/global/health") response.end(JSON.stringify({ healthy: true, version: ${JSON.stringify(version)} }));
  else if (request.url === "/global/event") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('data: {"payload":{"type":"server.connected","properties":{}}}\\n\\n');
  } else {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(request.url.startsWith("/session/status") ? "{}" : "[]");
  }
}).listen(port, "127.0.0.1");
`,
  );
  const program = path.join(folder, "untested-opencode");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${server}" "$@"\n`);
  chmodSync(program, 0o755);
  return program;
}
