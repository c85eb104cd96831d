ALTER TABLE `interactions` ADD `seen_at` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `prompted_by` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `prompted_with` text;