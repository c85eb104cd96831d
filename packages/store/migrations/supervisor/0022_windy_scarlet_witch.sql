CREATE TABLE `inbox_looks` (
	`actor` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `inbox_notes` (
	`actor` text NOT NULL,
	`node_id` text NOT NULL,
	`about` text NOT NULL,
	`item_id` text NOT NULL,
	`session_id` text NOT NULL,
	`kind` text NOT NULL,
	`footing` text NOT NULL,
	`until` integer,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`actor`, `node_id`, `about`, `item_id`)
);
--> statement-breakpoint
CREATE INDEX `inbox_notes_session` ON `inbox_notes` (`node_id`,`session_id`);