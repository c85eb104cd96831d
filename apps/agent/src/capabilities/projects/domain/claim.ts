/** Which branch of which remote repository the files of a project are of. */
export interface Claim {
  /** host and path, without what opens it; the same however it is reached */
  readonly remote: string;
  readonly branch: string;
}

/** `https://name:secret@host:port/path`, and the same of other protocols that go over a network. */
const URL_LIKE = /^(?:https?|ssh|git|git\+ssh|ssh\+git):\/\/(?:[^/@]*@)*([^/:@]+)(?::\d+)?\/+(.+)$/i;
/** `name@host:path`, as ssh has it */
const SCP_LIKE = /^(?:[^/@:]+@)?([^/:@]+):(?!\/\/)\/*(.+)$/;

/** A remote repository by host and path; undefined of one that is a place on this machine, which says nothing elsewhere. */
export function remoteOf(url: string): string | undefined {
  const [, host, path] = URL_LIKE.exec(url.trim()) ?? SCP_LIKE.exec(url.trim()) ?? [];
  if (host === undefined || path === undefined || /\s/.test(url.trim())) return undefined;
  // a letter before the colon is a drive
  if (!/^[\p{L}\p{N}.-]{2,}$/u.test(host)) return undefined;
  const plain = path
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/i, "");
  return plain === "" || plain.includes("@") ? undefined : `${host.toLowerCase()}/${plain}`;
}

/** The branch that is checked out, by what is in `HEAD`; undefined where none is. */
export function branchIn(head: string): string | undefined {
  return /^ref: refs\/heads\/(\S+)\s*$/.exec(head)?.[1];
}

/** The address of a branch's remote, by what is in a repository's `config`: its own, or else `origin`. */
export function remoteUrlIn(config: string, branch: string): string | undefined {
  const sections = sectionsOf(config);
  const remote = sections.get(`branch ${branch}`)?.get("remote") ?? "origin";
  return sections.get(`remote ${remote}`)?.get("url");
}

/** Of each section, by its name and that in quotes, the values; the last one counts. */
function sectionsOf(config: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let values = new Map<string, string>();
  for (const line of config.split("\n")) {
    const [, name, quoted] = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line) ?? [];
    if (name !== undefined) {
      const key =
        quoted === undefined ? name.toLowerCase() : `${name.toLowerCase()} ${quoted.replaceAll(/\\(.)/g, "$1")}`;
      values = sections.get(key) ?? new Map<string, string>();
      sections.set(key, values);
      continue;
    }
    const [, word, value] = /^\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (word !== undefined && value !== undefined) values.set(word.toLowerCase(), value.replaceAll(/^"|"$/g, ""));
  }
  return sections;
}
