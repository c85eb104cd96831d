/** What is posted where, unless the configuration has routes: what somebody has to look at, what was achieved, and which builds failed. */
export const DEFAULT_ROUTES: readonly {
  readonly match: string;
  readonly channel: "alerts" | "dev-log" | "build-log";
}[] = [
  { match: "interaction.asked || interaction.expired", channel: "alerts" },
  { match: "session.error || policy.alerted || policy.gave_up", channel: "alerts" },
  { match: "node.offline || node.online || opencode.down", channel: "alerts" },
  { match: "project.not_started || schedule.not_started || prompt.refused || prompt.stalled", channel: "alerts" },
  { match: "budget.warned || budget.reached || budget.reopened || budget.stopped", channel: "alerts" },
  { match: "channel.stopped || channel.resumed || gap || event.invalid", channel: "alerts" },
  { match: "cost.provider_failing || cost.provider_working || cost.drifted || cost.reported", channel: "alerts" },
  { match: "task.completed || session.compacted", channel: "dev-log" },
  { match: 'tool.execute.after && build == "failed"', channel: "build-log" },
];
