ALTER TABLE `cards` ADD `told_status` text;--> statement-breakpoint
CREATE INDEX `cards_subject` ON `cards` (`subject`,`opened_at`);