import type { Run, Watched } from "../../grammar/run.ts";
import { showList } from "../../live/show-list.ts";
import { projectTable } from "./pages.ts";

export const listProjects: Run<Watched> = (session, { watch }) =>
  showList(session, watch, {
    asked: { operation: "projects.list", input: {} },
    title: "projects",
    read: async (options) => (await session.client.call("projects.list", {}, options)).output,
    render: projectTable,
    concerns: /^(task|projects?|node|session)\./,
  });
