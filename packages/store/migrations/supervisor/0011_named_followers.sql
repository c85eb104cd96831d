CREATE TABLE `followers` (
	`name` text PRIMARY KEY NOT NULL,
	`place` integer NOT NULL,
	`log_id` text NOT NULL,
	`attempts` integer NOT NULL,
	`problem` text,
	`failing_since` integer,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `followers_set_aside` (
	`follower` text NOT NULL,
	`event_id` integer NOT NULL,
	`reason` text NOT NULL,
	`attempts` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`follower`, `event_id`)
);
