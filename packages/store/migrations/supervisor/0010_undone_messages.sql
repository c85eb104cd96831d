ALTER TABLE `messages` ADD `removed` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `undone_from` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `undone_part` text;