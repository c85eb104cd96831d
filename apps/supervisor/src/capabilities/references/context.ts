import type { Context as NodesContext } from "../nodes/context.ts";

/** What is needed to find what a person means. */
export interface Context extends NodesContext {}
