CREATE TABLE `budget_marks` (
	`budget_id` text NOT NULL,
	`subject` text NOT NULL,
	`span_from` integer NOT NULL,
	`warned_per_mille` integer NOT NULL,
	`reached` integer NOT NULL,
	`times` integer NOT NULL,
	`changed_at` integer NOT NULL,
	PRIMARY KEY(`budget_id`, `subject`)
);
--> statement-breakpoint
CREATE INDEX `budget_marks_changed` ON `budget_marks` (`changed_at`);--> statement-breakpoint
CREATE TABLE `budget_overrides` (
	`budget_id` text PRIMARY KEY NOT NULL,
	`limit_micro_usd` integer,
	`until` integer,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`reason` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `budget_stops` (
	`node_id` text NOT NULL,
	`session_id` text NOT NULL,
	`budget_id` text NOT NULL,
	`budget` text NOT NULL,
	`reason` text NOT NULL,
	`critical` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`node_id`, `session_id`)
);
--> statement-breakpoint
CREATE TABLE `budgets` (
	`id` text PRIMARY KEY NOT NULL,
	`scope` text NOT NULL,
	`period` text NOT NULL,
	`limit_micro_usd` integer NOT NULL,
	`warn_at` text NOT NULL,
	`action` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`reason` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `lease_accounts` (
	`node_id` text PRIMARY KEY NOT NULL,
	`log_id` text NOT NULL,
	`state` text NOT NULL,
	`changed_at` integer NOT NULL
);
