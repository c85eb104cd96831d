/** A path as a person wrote it; where it is the content of a file instead, such as a key, how long that is. */
export function shownPath(path: string): string {
  return path.length <= 300 && !/[\p{Cc}]|-----BEGIN/u.test(path) ? path : `(no path, ${path.length} characters)`;
}
