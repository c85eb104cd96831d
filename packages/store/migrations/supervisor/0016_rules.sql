CREATE TABLE `rules` (
	`id` text PRIMARY KEY NOT NULL,
	`project` text,
	`permission` text NOT NULL,
	`pattern` text,
	`reply` text NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `interactions` ADD `rule` text;