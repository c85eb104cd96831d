/** What an error says without the values of the statement or the text that it failed at, and its frames. */
export function errorWords(error: unknown): { readonly message: string; readonly stack: string | undefined } {
  if (!(error instanceof Error)) return { message: "something was thrown that is no error", stack: undefined };
  const message =
    error instanceof SyntaxError ? "a text cannot be parsed" : (error.message.split("\nparams:", 1)[0] as string);
  const frames = (error.stack ?? "").replace(error.message, "").split("\n").slice(1);
  return { message, stack: [`${error.name}: ${message}`, ...frames].join("\n") };
}
