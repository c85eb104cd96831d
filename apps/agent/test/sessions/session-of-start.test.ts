import { expect, it } from "vitest";
import { sessionOfStart } from "../../src/capabilities/sessions/domain/session-of-start.ts";
import type { SourceSession } from "../../src/domain/source-fact.ts";
import { aSession } from "../support/source-facts.ts";

const session = (id: string, createdAt: number, more: Partial<SourceSession> = {}) =>
  aSession(id, { createdAt, commandId: "cmd_1", ...more });
const start = (title?: string) => ({ commandId: "cmd_1", args: { project: "p", title } });

it("knows the session of a start by the command's id, and takes no fork of it for it", () => {
  const fork = session("ses_fork", 5, { title: "t (fork #1)", isFork: true });
  const other = session("ses_other", 1, { commandId: "cmd_2" });
  const foreign = session("ses_foreign", 1, { commandId: undefined });
  const renamed = session("ses_renamed", 6);
  expect(sessionOfStart([renamed, fork, session("ses_1", 4), other, foreign], start())).toMatchObject({ id: "ses_1" });
  expect(sessionOfStart([fork, other, foreign], start())).toBeUndefined();
  expect(sessionOfStart([fork], start("t (fork #1)"))).toMatchObject({ id: "ses_fork" });
});
