/** How often a policy may act in an episode, and when that counts anew. */
export interface Retries {
  readonly enabled: boolean;
  readonly max_retries: number;
  readonly retry_reset_seconds: number;
}

export interface QuietHours {
  /** as `HH:MM` */
  readonly from: string;
  readonly to: string;
  readonly time_zone: string;
  /** the days on which they begin; every day where nothing is said */
  readonly days?: readonly string[] | undefined;
}

/** What is configured of what happens without a person, as far as it is decided by. */
export interface PolicySettings {
  readonly resume_on_idle: Retries & { readonly idle_threshold_seconds: number; readonly prompt: string };
  readonly resume_interrupted: Retries & { readonly prompt: string };
  readonly resume_on_limit: Retries & { readonly prompt: string };
  readonly restart_on_compaction: Retries & {
    readonly token_threshold: number;
    readonly compaction_threshold?: number | undefined;
  };
  readonly restart_on_stuck: Retries & { readonly after_minutes: number };
  readonly restart_on_completed: Retries & { readonly prompt: string };
  readonly alert_on_stuck: { readonly enabled: boolean; readonly stuck_minutes: number };
  readonly alert_on_error_loop: { readonly enabled: boolean; readonly errors: number };
  readonly quiet_hours?: QuietHours | undefined;
  /** sessions that are left alone unless this says otherwise */
  readonly include: { readonly external: boolean; readonly attached: boolean; readonly completed: boolean };
}
