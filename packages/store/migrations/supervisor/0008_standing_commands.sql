PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_commands` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`node_id` text NOT NULL,
	`project` text,
	`session_id` text,
	`actor` text NOT NULL,
	`args` text NOT NULL,
	`state` text NOT NULL,
	`output` text,
	`error` text,
	`created_at` integer NOT NULL,
	`deadline_at` integer,
	`sent_at` integer,
	`sent_epoch` text,
	`cancel_requested_at` integer,
	`key_hash` text,
	`payload_hash` text,
	`finished_at` integer
);
--> statement-breakpoint
INSERT INTO `__new_commands`("id", "type", "node_id", "project", "session_id", "actor", "args", "state", "output", "error", "created_at", "deadline_at", "sent_at", "sent_epoch", "cancel_requested_at", "finished_at") SELECT "id", "type", "node_id", "project", "session_id", "actor", "args", "state", "output", "error", "created_at", "deadline_at", "sent_at", "sent_epoch", "cancel_requested_at", "finished_at" FROM `commands`;--> statement-breakpoint
DROP TABLE `commands`;--> statement-breakpoint
ALTER TABLE `__new_commands` RENAME TO `commands`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `commands_open` ON `commands` (`node_id`,`created_at`) WHERE "commands"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `commands_created` ON `commands` (`created_at`);--> statement-breakpoint
CREATE INDEX `commands_session` ON `commands` (`session_id`,`created_at`);--> statement-breakpoint
ALTER TABLE `nodes` ADD `features` text DEFAULT '[]' NOT NULL;