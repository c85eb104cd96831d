CREATE TABLE `buttons` (
	`id` text PRIMARY KEY NOT NULL,
	`card_id` text NOT NULL,
	`key` text NOT NULL,
	`label` text NOT NULL,
	`operation` text NOT NULL,
	`input` text NOT NULL,
	`form` text,
	`created_at` integer NOT NULL,
	`used_at` integer,
	`used_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `buttons_key` ON `buttons` (`card_id`,`key`);