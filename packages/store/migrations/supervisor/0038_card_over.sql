ALTER TABLE `cards` ADD `over_up_to` integer;--> statement-breakpoint
ALTER TABLE `cards` ADD `is_due` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `cards_due` ON `cards` (`target`) WHERE "cards"."is_due";