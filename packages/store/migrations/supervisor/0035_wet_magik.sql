CREATE TABLE `incoming_arrivals` (
	`id` text PRIMARY KEY NOT NULL,
	`sender` text NOT NULL,
	`mark` text NOT NULL,
	`body_hash` text NOT NULL,
	`event` text NOT NULL,
	`repository` text NOT NULL,
	`thing` text NOT NULL,
	`person` text NOT NULL,
	`rule` text NOT NULL,
	`case_id` text NOT NULL,
	`work` text NOT NULL,
	`state` text NOT NULL,
	`code` text,
	`reason` text,
	`tries` integer NOT NULL,
	`starts` integer NOT NULL,
	`due_at` integer NOT NULL,
	`node_id` text,
	`session_id` text,
	`command_id` text,
	`prompt_id` text,
	`answer` text NOT NULL,
	`answer_text` text,
	`answer_good` integer,
	`answer_reason` text,
	`answer_tries` integer NOT NULL,
	`answer_due_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`closed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `incoming_arrivals_mark` ON `incoming_arrivals` (`sender`,`mark`);--> statement-breakpoint
CREATE UNIQUE INDEX `incoming_arrivals_body` ON `incoming_arrivals` (`sender`,`body_hash`);--> statement-breakpoint
CREATE INDEX `incoming_arrivals_created` ON `incoming_arrivals` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `incoming_arrivals_case` ON `incoming_arrivals` (`case_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `incoming_arrivals_open` ON `incoming_arrivals` (`created_at`,`id`) WHERE "incoming_arrivals"."closed_at" is null;--> statement-breakpoint
CREATE INDEX `incoming_arrivals_answers` ON `incoming_arrivals` (`answer`,`answer_due_at`) WHERE "incoming_arrivals"."answer" in ('awaited', 'due');--> statement-breakpoint
CREATE TABLE `incoming_cases` (
	`id` text PRIMARY KEY NOT NULL,
	`sender` text NOT NULL,
	`repository` text NOT NULL,
	`thing` text NOT NULL,
	`node_id` text,
	`session_id` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `incoming_cases_once` ON `incoming_cases` (`sender`,`repository`,`thing`);--> statement-breakpoint
CREATE TABLE `incoming_switches` (
	`repository` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`off_at` integer NOT NULL,
	`off_by` text NOT NULL
);
