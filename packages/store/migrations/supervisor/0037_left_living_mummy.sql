ALTER TABLE `notices` ADD `is_urgent` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `notices` ADD `card_id` text;--> statement-breakpoint
CREATE INDEX `notices_closed` ON `notices` (`target`,`closed_at`);--> statement-breakpoint
CREATE INDEX `notices_card` ON `notices` (`card_id`) WHERE "notices"."card_id" is not null;