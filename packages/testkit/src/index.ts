export { type ModelProvider, OFFLINE_OPENCODE, startModelProvider } from "./model-provider.ts";
export { type Directive, parseScript, type Script, type ScriptedUsage, type ToolCall } from "./script.ts";
