/** Why a text is no address of a supervisor; undefined where it is one, and then it may be shown: no secret is in it. */
export function addressProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["ws:", "wss:", "http:", "https:"].includes(url.protocol))
    return "is not an address such as ws://localhost:8420 or wss://supervisor-host:8420";
  if (url.username !== "" || url.password !== "")
    return "holds a user or a password, which nothing uses; an address is host, port and path, and the token has a place of its own";
  if (url.search !== "" || url.hash !== "")
    return "holds a query, which nothing uses; an address is host, port and path, and the token has a place of its own";
  return undefined;
}
