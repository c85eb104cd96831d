/** Commands by what they are for, in the order of the help. */
export const SECTIONS: readonly (readonly [title: string, commands: readonly string[]])[] = [
  ["What needs you", ["status", "inbox", "why", "interactions", "explain"]],
  ["Sessions, in short", ["ls", "run", "start", "send", "logs", "attach", "wait", "stop", "resume", "restart", "kill"]],
  ["Work", ["sessions", "prompts", "projects", "commands"]],
  ["The fleet", ["nodes", "holds", "release", "doctor"]],
  ["Without a person", ["rules", "policies", "schedules", "budgets"]],
  ["Who is told, and by whom", ["channels", "notices", "routes", "incoming"]],
  ["What happened", ["events", "audit", "cost", "bills"]],
  ["Administration", ["tokens", "whoami", "followers", "db", "version"]],
  ["This terminal", ["config", "completion", "help"]],
];

/** Where a command goes that no section names. */
export const OTHERS = "Other commands";
