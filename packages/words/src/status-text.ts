/** A status with its reason; many a reason begins with the status, which is then said once. */
export function statusText({ status, reason }: { readonly status: string; readonly reason: string }): string {
  return reason.startsWith(status) ? reason : `${status}: ${reason}`;
}
