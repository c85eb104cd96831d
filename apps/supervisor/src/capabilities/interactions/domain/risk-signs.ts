/** Something that a text has which asks for this; each expression takes time in proportion to the text alone. */
export interface Sign {
  readonly level: "high" | "medium";
  readonly all: readonly RegExp[];
  readonly reason: string;
}

const high = (reason: string, ...all: readonly RegExp[]): Sign => ({ level: "high", all, reason });
const medium = (reason: string, ...all: readonly RegExp[]): Sign => ({ level: "medium", all, reason });

const SECRETS =
  /(?:^|[\s/'"=@:])(?:\.env(?!\.example)|\.netrc|\.npmrc|\.pgpass|id_rsa|id_ed25519|id_ecdsa|auth\.json)|\.(?:ssh|aws|gnupg|kube)(?:\/|\s|$)/i;
const namesSecrets = high("it names a file that holds secrets", SECRETS);

/** What one command does. A sign that is missing makes a risk unknown, and never low. */
export const IN_A_COMMAND: readonly Sign[] = [
  high("it deletes folders with all that is in them", /\brm\s/, /\s-\w*[rR]|\s--recursive/),
  high("it deletes whatever it finds", /\bfind\s/, /\s-delete\b|\s-exec/),
  high(
    "it overwrites or deletes what was pushed",
    /\bgit\s/,
    /\spush\b/,
    /\s-\w*[fd]\b|\s--force|\s--mirror|\s--delete|\s\+\S/,
  ),
  high("it acts as another user", /(?:^|\s)(?:sudo|doas|su|pkexec)\s/),
  high("it writes to a disk as a whole", /\b(?:mkfs|fdisk|parted|wipefs|shred)\b|\bof=|>\s*\/dev\/(?:sd|nvme|disk)/),
  high(
    "it drops changes that are nowhere else",
    /\bgit\s/,
    /\s(?:reset|clean|checkout|restore)\b/,
    /\s--hard\b|\s-\w*f/,
  ),
  high("it publishes", /\b(?:npm|pnpm|yarn|cargo|twine|gem)\s/, /\s(?:publish|upload|push)\b/),
  high("it changes what runs elsewhere", /\b(?:terraform|tofu|pulumi)\s/, /\s(?:apply|destroy|up)\b/),
  high("it changes what runs elsewhere", /\bkubectl\s/, /\s(?:delete|apply|drain)\b/),
  high(
    "it stops the machine or a service of it",
    /\b(?:shutdown|reboot|poweroff|halt)\b|\bsystemctl\s+(?:stop|disable|mask)\b/,
  ),
  namesSecrets,
  medium("it pushes to others", /\bgit\s/, /\spush\b/),
  medium("it changes the repository", /\bgit\s/, /\s(?:reset|rebase|commit|merge|checkout|restore|stash|clean)\b/),
  medium("it talks to another machine", /\b(?:curl|wget|ssh|scp|rsync|nc|ftp|sftp)\b/),
  medium(
    "it installs, and what it installs may run",
    /\b(?:npm|pnpm|yarn|pip3?|uv|cargo|gem|apt|apt-get|brew|dnf|apk)\s/,
    /\s(?:install|add|i|ci)\b/,
  ),
  medium("it deletes files", /\b(?:rm|unlink|truncate)\s/),
  medium("it changes rights, processes or timers", /\b(?:chmod|chown|kill|pkill|killall|crontab)\s/),
  medium("it changes containers", /\b(?:docker|podman|kubectl|helm)\s/),
];

/** What a command line does as a whole. */
export const ANYWHERE: readonly Sign[] = [
  high(
    "it runs what it downloads",
    /\b(?:curl|wget)\b/,
    /\|\s{0,9}(?:sudo\s{1,9})?(?:[\w/]{0,60}\/)?(?:bash|zsh|dash|ksh|fish|sh|python3?|node|perl|ruby|php)\b/,
  ),
  high("it runs what it downloads", /\b(?:curl|wget)\b/, /\b(?:ba|z|da|k)?sh\s+(?:-c|<\()|\beval\b|\bsource\s+<\(/),
  high("it deletes data of a database", /\b(?:drop|truncate)\s+(?:table|database|schema)\b/i),
];

/** What is reached by a path, a pattern of paths or an address. */
export const PATHS: readonly Sign[] = [
  namesSecrets,
  high("it reaches into the system", /^(?:\/\*?|\/(?:etc|root|boot|dev|proc|sys|var)(?:\/.*)?|[A-Za-z]:[\\/]\*?)$/),
];

/** What is changed by a path. */
export const CHANGED_PATHS: readonly Sign[] = [
  high(
    "it changes what runs later without being asked",
    /(?:^|\/)(?:\.git\/|\.(?:bashrc|zshrc|profile|bash_profile)$)/,
  ),
  high("it changes what runs elsewhere", /(?:^|\/)(?:\.github\/workflows\/|\.gitlab-ci\.yml|Jenkinsfile)/),
];

/** What else is asked for, by its kind. */
export const KINDS: ReadonlyMap<string, { readonly level: "low" | "medium"; readonly reason: string }> = new Map([
  ["read", { level: "low", reason: "it reads in the project" }],
  ["glob", { level: "low", reason: "it looks for names of files" }],
  ["grep", { level: "low", reason: "it looks into files" }],
  ["list", { level: "low", reason: "it lists a folder" }],
  ["lsp", { level: "low", reason: "it asks what is known of the code" }],
  ["todowrite", { level: "low", reason: "it changes its own list of work" }],
  ["edit", { level: "medium", reason: "it changes a file" }],
  ["external_directory", { level: "medium", reason: "it leaves the project" }],
  ["webfetch", { level: "medium", reason: "it reads a page, which may tell it what to do" }],
  ["websearch", { level: "medium", reason: "what it looks for leaves the machine" }],
  ["doom_loop", { level: "medium", reason: "it does the same again and again" }],
]);
