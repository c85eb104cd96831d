import type { ErrorCode } from "@hal/protocol";

/** What halctl ends with; scripts rely on it. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  unauthorised: 4,
  notFound: 5,
  timedOut: 6,
} as const;

/** The exit code for a failure. */
export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case "bad_request":
    case "ambiguous":
      return EXIT.usage;
    case "unreachable":
      return EXIT.unreachable;
    case "auth_required":
    case "forbidden":
      return EXIT.unauthorised;
    case "not_found":
      return EXIT.notFound;
    case "timeout":
      return EXIT.timedOut;
    default:
      return EXIT.failed;
  }
}
