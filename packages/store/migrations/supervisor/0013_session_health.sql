CREATE TABLE `session_health` (
	`node_id` text NOT NULL,
	`session_id` text NOT NULL,
	`quiet_since` integer,
	`loop_since` integer,
	`data` text NOT NULL,
	PRIMARY KEY(`node_id`, `session_id`)
);
--> statement-breakpoint
CREATE INDEX `session_health_marked` ON `session_health` (`node_id`) WHERE "session_health"."quiet_since" is not null or "session_health"."loop_since" is not null;