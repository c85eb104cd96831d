DROP INDEX `events_place`;--> statement-breakpoint
ALTER TABLE `commands` ADD `sent_epoch` text;--> statement-breakpoint
ALTER TABLE `commands` ADD `cancel_requested_at` integer;--> statement-breakpoint
ALTER TABLE `cursors` ADD `mark` text DEFAULT '' NOT NULL;