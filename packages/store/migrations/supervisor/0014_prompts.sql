CREATE TABLE `prompts_under_way` (
	`command_id` text PRIMARY KEY NOT NULL,
	`node_id` text NOT NULL,
	`session_id` text,
	`asked_at` integer NOT NULL,
	`state` text NOT NULL,
	`reason` text
);
--> statement-breakpoint
CREATE INDEX `prompts_under_way_session` ON `prompts_under_way` (`node_id`,`session_id`);--> statement-breakpoint
CREATE INDEX `prompts_under_way_asked` ON `prompts_under_way` (`state`,`asked_at`);--> statement-breakpoint
CREATE TABLE `prompts` (
	`id` text PRIMARY KEY NOT NULL,
	`node_id` text NOT NULL,
	`session_id` text NOT NULL,
	`project` text NOT NULL,
	`text` text NOT NULL,
	`model` text,
	`agent` text,
	`format` text,
	`delivery` text NOT NULL,
	`anyway` integer NOT NULL,
	`after_stop` integer NOT NULL,
	`position` integer NOT NULL,
	`actor` text NOT NULL,
	`state` text NOT NULL,
	`command_id` text,
	`attempts` integer NOT NULL,
	`retry_at` integer NOT NULL,
	`reason` text,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `prompts_pending` ON `prompts` (`node_id`,`session_id`,`position`) WHERE "prompts"."state" = 'pending';--> statement-breakpoint
CREATE INDEX `prompts_command` ON `prompts` (`command_id`);--> statement-breakpoint
CREATE INDEX `prompts_created` ON `prompts` (`created_at`);