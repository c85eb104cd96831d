/** Where a connection comes from, as it is shown, counted and audited: an address of IPv4 is written as one. */
export function peerAddress({ remoteAddress }: { readonly remoteAddress?: string | undefined }): string | undefined {
  return remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, "");
}
