import type { Context as AuditContext } from "../audit/context.ts";
import type { TokenBook } from "./token-book.ts";

/** What tokens may use, and those that are valid. */
export interface Context extends AuditContext {
  readonly tokens: TokenBook;
}
