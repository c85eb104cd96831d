import { expect, it } from "vitest";
import { sessionOfStart } from "../../src/capabilities/sessions/domain/session-of-start.ts";

const session = (id: string, created: number, more: object = {}) =>
  ({ id, directory: "/p", title: "t", cost: 0, metadata: { hal: "cmd_1" }, time: { created }, ...more }) as never;
const start = (title?: string) => ({ commandId: "cmd_1", args: { project: "p", title } });

it("knows the session of a start by the command's id, and takes no fork of it for it", () => {
  const fork = session("ses_fork", 5, { title: "t (fork #1)" });
  const other = session("ses_other", 1, { metadata: { hal: "cmd_2" } });
  const foreign = session("ses_foreign", 1, { metadata: undefined });
  const renamed = session("ses_renamed", 6);
  expect(sessionOfStart([renamed, fork, session("ses_1", 4), other, foreign], start())).toMatchObject({ id: "ses_1" });
  expect(sessionOfStart([fork, other, foreign], start())).toBeUndefined();
  expect(sessionOfStart([fork], start("t (fork #1)"))).toMatchObject({ id: "ses_fork" });
});
