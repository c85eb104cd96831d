import { arrivalsByPrefix } from "@hal/store/supervisor";
import { arrivalView, repositoryView } from "../incoming/views.ts";
import type { Context } from "./context.ts";
import type { ArrivalFacts } from "./domain/arrival-findings.ts";

/** What is known of something that a service told, by its id or a unique prefix; undefined where that names none. */
export function arrivalFacts(context: Context, ref: string): ArrivalFacts | undefined {
  if (!ref.startsWith("arr_")) return undefined;
  const [row, ...others] = arrivalsByPrefix(context.store, ref);
  if (row === undefined || others.length > 0) return undefined;
  return { arrival: arrivalView(row), repository: repositoryView(context, row.repository) };
}
