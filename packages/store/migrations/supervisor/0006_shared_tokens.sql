CREATE TABLE `shared_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL,
	`last_used_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
ALTER TABLE `nodes` ADD `credential` text;