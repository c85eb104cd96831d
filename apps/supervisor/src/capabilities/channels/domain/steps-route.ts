/** What stands in the place of a route where the steps of a session are told because its channel is verbose. */
export const STEPS_ROUTE = "verbosity: verbose";
