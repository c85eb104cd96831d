import { eq, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { foldOf } from "../fold.ts";
import { placeholders, type WriterDatabase } from "../writer-database.ts";
import { nodes } from "./schema.ts";

const havingProjects = prepared(({ orm }: WriterDatabase) =>
  orm
    .update(nodes)
    .set({ projects: placeholders(nodes).projects })
    .where(eq(nodes.id, sql.placeholder("id")))
    .prepare(),
);

/** What a node says of its projects while it is connected. */
export const nodesFold = foldOf({
  name: "nodes",
  events: ["projects.changed"],
  fold({ db, nodeId }, { event }) {
    havingProjects(db).run({ id: nodeId, projects: event.data.projects });
  },
});
