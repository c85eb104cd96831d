CREATE TABLE `counted` (
	`session_id` text NOT NULL,
	`message_id` text NOT NULL,
	`nano_usd` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`session_id`, `message_id`)
);
--> statement-breakpoint
CREATE TABLE `counted_up_to` (
	`session_id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `spent` (
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`nano_usd` integer NOT NULL,
	PRIMARY KEY(`kind`, `id`)
);
--> statement-breakpoint
CREATE TABLE `told_stops` (
	`session_id` text NOT NULL,
	`budget_id` text NOT NULL,
	`at` text NOT NULL,
	PRIMARY KEY(`session_id`, `budget_id`)
);
--> statement-breakpoint
-- counters begin at nothing: what was told by then adds nothing, whatever it costs, and what is told from now on does
INSERT INTO `counted` (`session_id`, `message_id`, `nano_usd`, `created_at`)
	SELECT `session_id`, `message_id`, 1000000000000000, unixepoch() * 1000 FROM `told_messages`;--> statement-breakpoint
INSERT INTO `meta` (`key`, `value`) SELECT 'counting', '1' FROM `meta` WHERE `key` = 'epoch';
