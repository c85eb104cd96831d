CREATE TABLE `notices` (
	`id` text PRIMARY KEY NOT NULL,
	`target` text NOT NULL,
	`fingerprint` text NOT NULL,
	`event_id` integer,
	`route` text NOT NULL,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`data` text NOT NULL,
	`state` text NOT NULL,
	`tries` integer NOT NULL,
	`due_at` integer NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL,
	`closed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `notices_once` ON `notices` (`target`,`fingerprint`);--> statement-breakpoint
CREATE INDEX `notices_waiting` ON `notices` (`target`,`due_at`) WHERE "notices"."closed_at" is null;--> statement-breakpoint
CREATE INDEX `notices_event` ON `notices` (`event_id`) WHERE "notices"."event_id" is not null;--> statement-breakpoint
CREATE INDEX `notices_told` ON `notices` (`target`,`route`,`created_at`);--> statement-breakpoint
CREATE TABLE `target_states` (
	`target` text PRIMARY KEY NOT NULL,
	`stopped_at` integer,
	`failing_since` integer,
	`reason` text,
	`failures` integer NOT NULL,
	`not_before` integer NOT NULL,
	`last_sent_at` integer
);
