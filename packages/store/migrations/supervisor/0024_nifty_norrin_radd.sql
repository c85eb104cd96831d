CREATE TABLE `completed_sessions` (
	`node_id` text NOT NULL,
	`session_id` text NOT NULL,
	`project` text NOT NULL,
	`by` text NOT NULL,
	`up_to` integer NOT NULL,
	`continues` text,
	PRIMARY KEY(`node_id`, `session_id`)
);
--> statement-breakpoint
CREATE INDEX `completed_sessions_project` ON `completed_sessions` (`project`);