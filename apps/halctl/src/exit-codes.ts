import type { ErrorCode, WaitEnd } from "@hal/protocol";

/** What halctl ends with; scripts rely on it. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  unauthorised: 4,
  notFound: 5,
  timedOut: 6,
  /** a session waits for the answer to a question */
  question: 10,
  /** a session waits for a permission */
  permission: 11,
} as const;

/** The exit code for what a wait came to; undefined means that the time was over before. */
export function exitCodeOfEnd(end: WaitEnd | undefined): number {
  switch (end) {
    case "idle":
      return EXIT.done;
    case "error":
      return EXIT.failed;
    case "question":
      return EXIT.question;
    case "permission":
      return EXIT.permission;
    case undefined:
      return EXIT.timedOut;
    default:
      return end satisfies never;
  }
}

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
