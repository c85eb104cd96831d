CREATE TABLE `rules` (
	`place` integer PRIMARY KEY NOT NULL,
	`rule` text NOT NULL
);
