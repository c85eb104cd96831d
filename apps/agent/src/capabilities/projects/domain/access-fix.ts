/** What stands between a user and a directory. */
export interface Denied {
  readonly directory: string;
  readonly user: string;
  /** the folders above it, from the first one that lets this user not through */
  readonly closed: readonly string[];
  /** whether members of its group may work there */
  readonly isForGroup: boolean;
}

/** The commands that let a user work in a directory, and in what is made there later. */
export function accessFix({ directory, user, closed, isForGroup }: Denied): string {
  if (closed[0] === "/home")
    return "the unit hides /home: sudo systemctl edit hal-agent, and write [Service] and ProtectHome=no there";
  const through = closed.length === 0 ? "" : `sudo setfacl -m u:${user}:x ${closed.map(quoted).join(" ")} && `;
  const inside = `sudo setfacl -R -m u:${user}:rwX -m d:u:${user}:rwX ${quoted(directory)}`;
  const group = `; or take it into the group: sudo usermod -aG "$(stat -c %G ${quoted(directory)})" ${user}`;
  return `grant it: ${through}${inside}${isForGroup ? group : ""}`;
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
