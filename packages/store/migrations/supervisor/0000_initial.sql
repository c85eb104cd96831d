CREATE TABLE `commands` (
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
	`deadline_at` integer NOT NULL,
	`sent_at` integer,
	`finished_at` integer
);
--> statement-breakpoint
CREATE INDEX `commands_open` ON `commands` (`node_id`,`created_at`) WHERE "commands"."finished_at" is null;--> statement-breakpoint
CREATE INDEX `commands_created` ON `commands` (`created_at`);--> statement-breakpoint
CREATE INDEX `commands_session` ON `commands` (`session_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `cursors` (
	`node_id` text NOT NULL,
	`epoch` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`node_id`, `epoch`)
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`node_id` text,
	`epoch` text,
	`seq` integer,
	`source_key` text,
	`at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`type` text NOT NULL,
	`project` text,
	`session_id` text,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_place` ON `events` (`node_id`,`epoch`,`seq`) WHERE "events"."seq" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `events_source_key` ON `events` (`node_id`,`source_key`) WHERE "events"."source_key" is not null;--> statement-breakpoint
CREATE INDEX `events_session` ON `events` (`session_id`,`id`) WHERE "events"."session_id" is not null;--> statement-breakpoint
CREATE INDEX `events_type` ON `events` (`type`,`id`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`actor` text NOT NULL,
	`key` text NOT NULL,
	`payload_hash` text NOT NULL,
	`command_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`actor`, `key`)
);
--> statement-breakpoint
CREATE TABLE `interactions` (
	`node_id` text NOT NULL,
	`id` text NOT NULL,
	`session_id` text NOT NULL,
	`root_session_id` text NOT NULL,
	`project` text NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`state_reason` text NOT NULL,
	`reply` text,
	`answered_by` text,
	`asked_at` integer NOT NULL,
	`closed_at` integer,
	`data` text NOT NULL,
	PRIMARY KEY(`node_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `interactions_state` ON `interactions` (`state`,`asked_at`);--> statement-breakpoint
CREATE INDEX `interactions_session` ON `interactions` (`node_id`,`session_id`);--> statement-breakpoint
CREATE INDEX `interactions_id` ON `interactions` (`id`);--> statement-breakpoint
CREATE TABLE `messages` (
	`node_id` text NOT NULL,
	`session_id` text NOT NULL,
	`id` text NOT NULL,
	`event_id` integer NOT NULL,
	`role` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`cost_micro_usd` integer NOT NULL,
	`tokens_total` integer NOT NULL,
	`copied` integer NOT NULL,
	`data` text NOT NULL,
	PRIMARY KEY(`node_id`, `session_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `messages_order` ON `messages` (`node_id`,`session_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `nodes` (
	`id` text PRIMARY KEY NOT NULL,
	`hostname` text NOT NULL,
	`name` text NOT NULL,
	`labels` text NOT NULL,
	`version` text NOT NULL,
	`os` text NOT NULL,
	`arch` text NOT NULL,
	`secret_hash` text NOT NULL,
	`secret_confirmed` integer NOT NULL,
	`projects` text NOT NULL,
	`opencode` text NOT NULL,
	`resources` text,
	`first_seen_at` integer NOT NULL,
	`connected_at` integer,
	`last_heartbeat_at` integer,
	`disconnected_at` integer,
	`disconnect_reason` text
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`node_id` text NOT NULL,
	`id` text NOT NULL,
	`project` text NOT NULL,
	`parent_id` text,
	`title` text NOT NULL,
	`status` text NOT NULL,
	`status_reason` text NOT NULL,
	`status_since` integer NOT NULL,
	`model` text,
	`agent` text,
	`cost_micro_usd` integer NOT NULL,
	`tokens` text NOT NULL,
	`tokens_total` integer NOT NULL,
	`compactions` integer NOT NULL,
	`external` integer NOT NULL,
	`started_at` integer NOT NULL,
	`last_activity_at` integer NOT NULL,
	PRIMARY KEY(`node_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `sessions_activity` ON `sessions` (`last_activity_at`);--> statement-breakpoint
CREATE INDEX `sessions_parent` ON `sessions` (`node_id`,`parent_id`);--> statement-breakpoint
CREATE INDEX `sessions_id` ON `sessions` (`id`);