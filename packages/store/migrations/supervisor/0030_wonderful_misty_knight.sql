CREATE TABLE `cards` (
	`id` text PRIMARY KEY NOT NULL,
	`target` text NOT NULL,
	`subject` text NOT NULL,
	`posted_id` text,
	`shown` text,
	`opened_at` integer NOT NULL,
	`closed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `cards_open` ON `cards` (`target`,`subject`) WHERE "cards"."closed_at" is null;--> statement-breakpoint
ALTER TABLE `notices` ADD `subject` text DEFAULT '' NOT NULL;