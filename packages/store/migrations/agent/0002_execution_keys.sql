ALTER TABLE `executions` ADD `run` text;--> statement-breakpoint
ALTER TABLE `executions` ADD `key_hash` text;--> statement-breakpoint
ALTER TABLE `executions` ADD `payload_hash` text;--> statement-breakpoint
CREATE INDEX `executions_key` ON `executions` (`key_hash`) WHERE "executions"."key_hash" is not null;