CREATE TABLE `project_tasks` (
	`project` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`event_id` integer NOT NULL,
	`since` integer NOT NULL,
	`by` text NOT NULL,
	`node_id` text,
	`session_id` text,
	`title` text
);
