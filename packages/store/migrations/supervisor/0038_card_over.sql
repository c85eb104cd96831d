ALTER TABLE `cards` ADD `over_up_to` integer;--> statement-breakpoint
ALTER TABLE `cards` ADD `is_due` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `cards_due` ON `cards` (`target`) WHERE "cards"."is_due";--> statement-breakpoint
UPDATE `cards` SET `over_up_to` = 0 WHERE `closed_at` IS NOT NULL AND `posted_id` IS NOT NULL AND (`subject` LIKE 'session/%' OR `subject` LIKE 'node/%');
