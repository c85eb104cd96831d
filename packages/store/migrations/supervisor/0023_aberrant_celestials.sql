CREATE TABLE `project_starts` (
	`project` text NOT NULL,
	`event_id` integer NOT NULL,
	`upstream` text NOT NULL,
	`at` integer NOT NULL,
	`command_id` text,
	`code` text,
	`reason` text,
	PRIMARY KEY(`project`, `event_id`)
);
--> statement-breakpoint
CREATE INDEX `project_starts_command` ON `project_starts` (`command_id`);