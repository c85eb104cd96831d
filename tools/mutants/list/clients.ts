import type { Mutant } from "../mutant.ts";

const TRUST = [
  "apps/halctl/test/connection/insecure.test.ts",
  "apps/halctl/test/connection/trust.test.ts",
  "apps/halctl/test/config/context-trust.test.ts",
  "packages/daemon/test/secure-connection.test.ts",
];
const SETTINGS = ["apps/halctl/test/settings/settings.test.ts"];
const EXITS = [
  "apps/halctl/test/grammar/usage.test.ts",
  "apps/halctl/test/cli.test.ts",
  "apps/halctl/test/commands.test.ts",
  "apps/halctl/test/connection/trust.test.ts",
];
const CONFIG = [
  "packages/daemon/test/open-files.test.ts",
  "packages/daemon/test/config.test.ts",
  "packages/daemon/test/run-daemon.test.ts",
];
const SECRETS = [
  "packages/daemon/test/hidden-fields.test.ts",
  "packages/daemon/test/secrets-unseen.test.ts",
  "packages/daemon/test/logger.test.ts",
  "apps/halctl/test/settings/settings.test.ts",
];
const LANES = [
  "packages/daemon/test/lanes.test.ts",
  "apps/agent/test/commands/run-command.test.ts",
  "apps/agent/test/commands/command-runner.test.ts",
];
const CLOSERS = ["packages/daemon/test/closers.test.ts"];
const BACKOFF = ["packages/daemon/test/backoff.test.ts"];
const PROTOCOL = [
  "packages/protocol/test/operations.test.ts",
  "packages/protocol/test/wire.test.ts",
  "packages/protocol/test/types.test.ts",
  "apps/supervisor/test/operations/roles.test.ts",
];

/** Promises of halctl, the daemons and the protocol. */
export const CLIENTS: readonly Mutant[] = [
  {
    name: "insecure-0-switches-checks-off",
    invariant: "I14",
    file: "apps/halctl/src/connection/trust.ts",
    search: 'env["HALCTL_INSECURE"] === "1"',
    replace: 'env["HALCTL_INSECURE"] !== undefined',
    tests: TRUST,
  },
  {
    name: "insecure-without-a-warning",
    invariant: "I14",
    file: "apps/halctl/src/connection/trust.ts",
    search: "if (trust.isInsecure && isEncrypted(settings.url))",
    replace: "if (trust.isInsecure && !isEncrypted(settings.url))",
    tests: TRUST,
  },
  {
    name: "pin-over-plain-text-is-dropped",
    invariant: "I14",
    file: "packages/daemon/src/trust.ts",
    search: "if (first !== undefined && !isEncrypted(url))",
    replace: "if (first === names.ca && !isEncrypted(url))",
    tests: TRUST,
  },
  {
    name: "pin-and-insecure-both",
    invariant: "I14",
    file: "packages/daemon/src/trust.ts",
    search: "if (first !== undefined && isInsecure)",
    replace: "if (first === names.ca && isInsecure)",
    tests: TRUST,
  },
  {
    name: "authority-beside-a-pin-does-not-count",
    invariant: "I14",
    file: "packages/daemon/src/secure-connection.ts",
    search: "if (trust.authorities() === undefined) return undefined;",
    replace: "return undefined;",
    tests: TRUST,
  },
  {
    name: "any-authority-will-do",
    invariant: "I14",
    file: "packages/daemon/src/secure-connection.ts",
    search: "if (socket.authorized) return undefined;",
    replace: "if (socket.encrypted) return undefined;",
    tests: TRUST,
  },
  {
    name: "another-fingerprint-will-do",
    invariant: "I14",
    file: "packages/daemon/src/secure-connection.ts",
    search: 'if (!fingerprints.includes(shown.replaceAll(":", "").toLowerCase()))',
    replace: 'if (shown === "")',
    tests: TRUST,
  },
  {
    name: "token-of-a-context-goes-elsewhere",
    invariant: "I14",
    file: "apps/halctl/src/settings/settings.ts",
    search: "const isForThere = url.isOfContext || hostOf(values.url) === hostOf(url.value);",
    replace: "const isForThere = true;",
    tests: SETTINGS,
  },
  {
    name: "variable-wins-over-a-flag",
    invariant: "I14",
    file: "apps/halctl/src/settings/settings.ts",
    search: 'if (flags.authToken !== undefined) return found(flags.authToken, "--auth-token");',
    replace:
      'if (flags.authToken !== undefined && !env["HALCTL_AUTH_TOKEN"]) return found(flags.authToken, "--auth-token");',
    tests: SETTINGS,
  },
  {
    name: "address-of-a-variable-wins-over-a-flag",
    invariant: "I14",
    file: "apps/halctl/src/settings/settings.ts",
    search: "if (flags.supervisorUrl !== undefined) return",
    replace: 'if (flags.supervisorUrl !== undefined && !env["HALCTL_SUPERVISOR_URL"]) return',
    tests: SETTINGS,
  },
  {
    name: "unauthorised-looks-like-done",
    invariant: "I12",
    file: "apps/halctl/src/exit-codes.ts",
    search: "unauthorised: 4,",
    replace: "unauthorised: 0,",
    tests: EXITS,
  },
  {
    name: "override-does-not-count",
    invariant: "I14",
    file: "packages/daemon/src/config.ts",
    search: "if (override !== undefined) setAt",
    replace: "if (override === undefined) setAt",
    tests: CONFIG,
  },
  {
    name: "wrong-setting-is-quoted",
    invariant: "I15",
    file: "packages/daemon/src/config.ts",
    search: "if (!message.endsWith(`eceived ${received}`)) return message;",
    replace: "return message;",
    tests: SECRETS,
  },
  {
    name: "environment-in-a-crash-report",
    invariant: "I15",
    file: "packages/daemon/src/end-on-crash.ts",
    search: "if (process.report !== undefined) process.report.excludeEnv = true;",
    replace: "",
    tests: SECRETS,
  },
  {
    name: "auth-token-in-a-log-line",
    invariant: "I15",
    file: "packages/daemon/src/logger.ts",
    search: "log: (fields) => shownFields(fields)",
    replace: "log: (fields) => ({ ...fields })",
    tests: SECRETS,
  },
  {
    name: "password-in-an-address-is-fine",
    invariant: "I15",
    file: "packages/daemon/src/address.ts",
    search: 'if (url.username !== "" || url.password !== "")',
    replace: 'if (url.username !== "" && url.password === "")',
    tests: SECRETS,
  },
  {
    name: "open-file-without-a-warning",
    invariant: "I15",
    file: "packages/daemon/src/secrets.ts",
    search: "if ((mode & 0o007) === 0) return undefined;",
    replace: "if ((mode & 0o700) !== 0) return undefined;",
    tests: CONFIG,
  },
  {
    name: "lanes-overlap",
    invariant: "I5",
    file: "packages/daemon/src/lanes.ts",
    search: "const result = before.then(work);",
    replace: "const result = work();",
    tests: LANES,
  },
  {
    name: "closers-stop-at-the-first-failure",
    invariant: "I1",
    file: "packages/daemon/src/closers.ts",
    search: "failures.push(new Error(`closing ${next.name} failed`, { cause: error }));",
    replace: "throw new Error(`closing ${next.name} failed`, { cause: error });",
    tests: CLOSERS,
  },
  {
    name: "back-off-without-chance",
    invariant: "I12",
    file: "packages/daemon/src/backoff.ts",
    search: "Math.round(ceiling / 2 + (ceiling / 2) * random())",
    replace: "Math.round(ceiling * random())",
    tests: BACKOFF,
  },
  {
    name: "agent-may-what-a-viewer-may",
    invariant: "I12",
    file: "packages/protocol/src/roles.ts",
    search: 'role !== "agent" && ROLES.indexOf(role) >=',
    replace: 'ROLES.indexOf(role) + (role === "agent" ? 9 : 0) >=',
    tests: PROTOCOL,
  },
  {
    name: "operator-may-what-an-admin-may",
    invariant: "I12",
    file: "packages/protocol/src/roles.ts",
    search: "ROLES.indexOf(role) >= ROLES.indexOf(needed)",
    replace: "ROLES.indexOf(role) + 1 >= ROLES.indexOf(needed)",
    tests: PROTOCOL,
  },
  {
    name: "versions-that-do-not-meet",
    invariant: "I4",
    file: "packages/protocol/src/version.ts",
    search: "return highest >= Math.max(ours.min, theirs.min) ? highest : undefined;",
    replace: "return highest;",
    tests: PROTOCOL,
  },
];
