ALTER TABLE `schedules` ADD `precondition` text;--> statement-breakpoint
ALTER TABLE `schedules` ADD `precondition_ms` integer DEFAULT 60000 NOT NULL;