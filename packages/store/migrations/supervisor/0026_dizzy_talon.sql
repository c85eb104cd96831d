ALTER TABLE `sessions` ADD `worktree` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `worktree_end` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `worktree_reason` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `worktree_branch` text;