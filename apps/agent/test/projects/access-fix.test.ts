import { describe, expect, it } from "vitest";
import { accessFix } from "../../src/capabilities/projects/domain/access-fix.ts";

describe("what lets the agent work in a directory", () => {
  it.each<[string, Parameters<typeof accessFix>[0], string]>([
    [
      "a directory of somebody else",
      { directory: "/srv/p", user: "hal-agent", closed: [], isForGroup: false },
      "grant it: sudo setfacl -R -m u:hal-agent:rwX -m d:u:hal-agent:rwX /srv/p",
    ],
    [
      "one below a home that is closed",
      { directory: "/home/a/p", user: "hal-agent", closed: ["/home/a"], isForGroup: false },
      "grant it: sudo setfacl -m u:hal-agent:x /home/a && sudo setfacl -R -m u:hal-agent:rwX -m d:u:hal-agent:rwX /home/a/p",
    ],
    [
      "one of a group, with a name that a shell would take apart",
      { directory: "/srv/it's", user: "u", closed: [], isForGroup: true },
      `grant it: sudo setfacl -R -m u:u:rwX -m d:u:u:rwX '/srv/it'\\''s'; or take it into the group: sudo usermod -aG "$(stat -c %G '/srv/it'\\''s')" u`,
    ],
    [
      "one in /home, which the unit hides",
      { directory: "/home/a/p", user: "hal-agent", closed: ["/home", "/home/a"], isForGroup: false },
      "the unit hides /home: sudo systemctl edit hal-agent, and write [Service] and ProtectHome=no there",
    ],
  ])("%s", (_name, denied, fix) => expect(accessFix(denied)).toBe(fix));
});
