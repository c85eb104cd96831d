CREATE TABLE `shown_commands` (
	`platform` text PRIMARY KEY NOT NULL,
	`shown` text NOT NULL
);
