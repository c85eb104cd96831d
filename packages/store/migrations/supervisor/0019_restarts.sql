ALTER TABLE `sessions` ADD `continues` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `continued_by` text;