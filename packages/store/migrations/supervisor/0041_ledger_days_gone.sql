DROP TABLE `spent_days`;--> statement-breakpoint
DROP TABLE `spent_messages`;--> statement-breakpoint
DROP TABLE `spent_sessions`;