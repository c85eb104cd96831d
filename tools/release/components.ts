/** A program of this repository that is released by itself. */
export interface Component {
  /** what it is called everywhere: executable, process, folder, archive */
  readonly name: string;
  /** its folder in `apps` */
  readonly app: string;
  /** whose migrations it reads, where it has a database */
  readonly database?: string;
  /** what it is called with to print the JSON Schema of its configuration */
  readonly schema: readonly string[];
}

export const COMPONENTS: readonly Component[] = [
  { name: "hal-supervisor", app: "supervisor", database: "supervisor", schema: ["--print-schema"] },
  { name: "hal-agent", app: "agent", database: "agent", schema: ["--print-schema"] },
  { name: "halctl", app: "halctl", schema: ["config", "schema"] },
];

export const PLATFORMS = ["linux-x64", "linux-arm64"] as const;
export type Platform = (typeof PLATFORMS)[number];

export function isPlatform(name: string): name is Platform {
  return PLATFORMS.some((platform) => platform === name);
}
