CREATE TABLE `holds` (
	`id` text PRIMARY KEY NOT NULL,
	`scope` text NOT NULL,
	`project` text,
	`since` integer NOT NULL,
	`by` text NOT NULL
);
