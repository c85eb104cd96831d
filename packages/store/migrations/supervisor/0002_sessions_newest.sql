DROP INDEX `sessions_activity`;--> statement-breakpoint
CREATE INDEX `sessions_newest` ON `sessions` ("last_activity_at" desc,`id`);