import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Variables that opencode takes model credentials from. */
const VARIABLES = [
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "OPENROUTER_API_KEY",
  "GEMINI_API_KEY",
  "GOOGLE_GENERATIVE_AI_API_KEY",
  "OPENCODE_API_KEY",
  "GROQ_API_KEY",
  "MISTRAL_API_KEY",
  "DEEPSEEK_API_KEY",
  "XAI_API_KEY",
  "CEREBRAS_API_KEY",
  "TOGETHER_API_KEY",
  "FIREWORKS_API_KEY",
  "AWS_BEARER_TOKEN_BEDROCK",
];

/**
 * Where this person's model credentials are: variables, opencode's own auth.json, a provider in its configuration.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} homeFolder of the user
 * @returns {{ from: string[], opencode: { env?: Record<string, string>, auth_file?: string } } | undefined}
 */
export function findCredentials(env, homeFolder) {
  const variables = VARIABLES.filter((name) => (env[name] ?? "") !== "");
  const authFile = path.join(env.XDG_DATA_HOME || path.join(homeFolder, ".local", "share"), "opencode", "auth.json");
  const hasAuth = Object.keys(readJson(authFile) ?? {}).length > 0;
  const configFolder = path.join(env.XDG_CONFIG_HOME || path.join(homeFolder, ".config"), "opencode");
  const configured = ["opencode.json", "opencode.jsonc"]
    .map((name) => path.join(configFolder, name))
    .filter((file) => existsSync(file) && /"provider"\s*:/.test(readFileSync(file, "utf8")));
  const from = [...variables, ...(hasAuth ? [authFile] : []), ...configured];
  if (from.length === 0) return undefined;
  return {
    from,
    opencode: {
      // the agent puts the values in when it reads its configuration: no secret is written down
      env: Object.fromEntries(variables.map((name) => [name, `\${${name}}`])),
      ...(hasAuth ? { auth_file: authFile } : {}),
    },
  };
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // not there, or not opencode's
  }
}
