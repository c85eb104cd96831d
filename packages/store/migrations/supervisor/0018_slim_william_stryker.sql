CREATE TABLE `policy_pauses` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`node_id` text,
	`project` text,
	`session_id` text,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`reason` text,
	`until` integer,
	`ended_at` integer,
	`ended_by` text
);
--> statement-breakpoint
CREATE TABLE `policy_sessions` (
	`node_id` text NOT NULL,
	`session_id` text NOT NULL,
	`status` text NOT NULL,
	`since` integer NOT NULL,
	`stopped_at` integer,
	`stopped_by` text,
	`limit_until` integer,
	`limit_message` text,
	`changes` integer NOT NULL,
	`due_at` integer,
	`state` text NOT NULL,
	PRIMARY KEY(`node_id`, `session_id`)
);
--> statement-breakpoint
CREATE INDEX `policy_sessions_due` ON `policy_sessions` (`due_at`) WHERE "policy_sessions"."due_at" is not null;