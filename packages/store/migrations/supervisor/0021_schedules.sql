CREATE TABLE `occasions` (
	`id` text PRIMARY KEY NOT NULL,
	`schedule` text NOT NULL,
	`due_at` integer,
	`missed` integer NOT NULL,
	`created_at` integer NOT NULL,
	`actor` text NOT NULL,
	`project` text NOT NULL,
	`state` text NOT NULL,
	`node_id` text,
	`command_id` text,
	`session_id` text,
	`code` text,
	`reason` text,
	`closed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `occasions_due` ON `occasions` (`schedule`,`due_at`);--> statement-breakpoint
CREATE INDEX `occasions_created` ON `occasions` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `occasions_of` ON `occasions` (`schedule`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `occasions_open` ON `occasions` (`created_at`) WHERE "occasions"."closed_at" is null;--> statement-breakpoint
CREATE TABLE `schedule_places` (
	`name` text PRIMARY KEY NOT NULL,
	`rule` text NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `schedules` (
	`name` text PRIMARY KEY NOT NULL,
	`cron` text NOT NULL,
	`time_zone` text NOT NULL,
	`project` text NOT NULL,
	`node` text,
	`prompt` text NOT NULL,
	`model` text,
	`agent` text,
	`missed` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL
);
