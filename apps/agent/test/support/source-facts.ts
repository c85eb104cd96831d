import type { SourceError, SourceMessage, SourceSession, TextPart, ToolPart } from "../../src/domain/source-fact.ts";

const NO_TOKENS = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };

/** What somebody's abort comes to. */
export const ABORT: SourceError = { name: "MessageAbortedError", message: "aborted", isAbort: true };

/** A session with what a test says of it. */
export function aSession(id: string, more: Partial<SourceSession> = {}): SourceSession {
  const nothing = {
    parentId: undefined,
    agent: undefined,
    model: undefined,
    commandId: undefined,
    continues: undefined,
    undoneFrom: undefined,
    archivedAt: undefined,
  };
  const cost = { costMicroUsd: 0, tokens: NO_TOKENS };
  return { id, directory: "/p", title: "t", isFork: false, createdAt: 1, updatedAt: 2, ...nothing, ...cost, ...more };
}

/** An answer with what a test says of it. */
export function anAnswer(id: string, more: Partial<SourceMessage> = {}): SourceMessage {
  const nothing = {
    parentId: undefined,
    model: undefined,
    finish: undefined,
    error: undefined,
    completedAt: undefined,
  };
  const cost = { costMicroUsd: 0, costNanoUsd: 1_000 * (more.costMicroUsd ?? 0), tokens: NO_TOKENS };
  return { id, role: "assistant", isSummary: false, goesOn: false, createdAt: 1, ...nothing, ...cost, ...more };
}

export function aText(id: string, messageId: string, text: string, isWhole = true): TextPart {
  return { kind: "text", id, messageId, text, isSaid: true, isWhole };
}

export function aTool(id: string, messageId: string, status: string, title: string): ToolPart {
  const times = { startedAt: undefined, endedAt: undefined };
  const about = {
    callId: id,
    tool: "bash",
    about: "",
    input: undefined,
    output: "",
    exitCode: undefined,
    isDenied: false,
  };
  return { kind: "tool", id, messageId, status, title, ...about, ...times };
}
