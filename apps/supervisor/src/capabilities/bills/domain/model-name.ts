/** What a model is called without its date, since opencode and bills name it differently: `claude-x-20260101` and `claude-x` are one. */
export function plainModel(model: string): string {
  return model
    .toLowerCase()
    .replace(/^.*\//, "")
    .replace(/(-\d{8}|-\d{4}-\d{2}-\d{2}|-latest|@.*|:.*)$/, "");
}
