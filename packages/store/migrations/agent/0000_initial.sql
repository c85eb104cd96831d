CREATE TABLE `executions` (
	`command_id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`args` text NOT NULL,
	`state` text NOT NULL,
	`message_id` text,
	`output` text,
	`error` text,
	`started_at` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
CREATE INDEX `executions_finished` ON `executions` (`finished_at`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`type` text NOT NULL,
	`source_key` text,
	`project` text,
	`session_id` text,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `told` (
	`session_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `told_messages` (
	`session_id` text NOT NULL,
	`message_id` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`session_id`, `message_id`)
);
