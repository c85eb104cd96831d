/** What a status of a failure means. */
export const FAILURES: Readonly<Record<number, string>> = {
  400: "the request cannot be read, or a field does not fit",
  401: "the token is missing or wrong",
  403: "the token's role may not do this",
  404: "nothing has that name",
  405: "the path does not take this method; `Allow` names those that it takes",
  409: "a name means several things, or it contradicts what is or was",
  410: "the cursor is of another event log; start without one",
  413: "the body is too large",
  429: "too many requests",
  500: "a bug of the supervisor; its log has the details",
  502: "what was asked failed on the node",
  503: "what is needed for it is not there now",
  504: "no outcome came in time",
};
