/** A model by what opencode calls its provider and itself. */
export function splitModel(model: string): { readonly providerID: string; readonly modelID: string } {
  const slash = model.indexOf("/");
  return { providerID: model.slice(0, slash), modelID: model.slice(slash + 1) };
}
