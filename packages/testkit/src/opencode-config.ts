/** What opencode needs in its configuration to use a provider at that address, and nothing beyond loopback. */
export function opencodeConfig(url: string): Record<string, unknown> {
  return {
    model: "scripted/scripted-model",
    small_model: "scripted/scripted-model",
    share: "disabled",
    autoupdate: false,
    enabled_providers: ["scripted"],
    lsp: false,
    formatter: false,
    provider: {
      scripted: {
        npm: "@ai-sdk/openai-compatible",
        name: "Scripted model",
        options: { baseURL: `${url}/v1`, apiKey: "none" },
        models: {
          "scripted-model": {
            name: "Scripted model",
            tool_call: true,
            limit: { context: 100_000, output: 8_000 },
            // dollars a million tokens, so that a session costs something to look at
            cost: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
          },
        },
      },
    },
  };
}

/** Variables that keep opencode off the network. */
export const OFFLINE_OPENCODE: Readonly<Record<string, string>> = {
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
  OPENCODE_DISABLE_SHARE: "1",
  OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
  OPENCODE_DISABLE_CLAUDE_CODE: "1",
  npm_config_offline: "true",
};
