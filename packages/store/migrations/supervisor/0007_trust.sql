ALTER TABLE `nodes` ADD `secret_minted_at` integer;--> statement-breakpoint
ALTER TABLE `nodes` ADD `enrolled_with` text;--> statement-breakpoint
ALTER TABLE `nodes` ADD `address` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `created_with` text;