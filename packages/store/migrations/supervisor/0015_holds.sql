CREATE TABLE `holds` (
	`id` text PRIMARY KEY NOT NULL,
	`node_id` text,
	`project` text,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`released_at` integer,
	`released_by` text,
	`release_id` text
);
