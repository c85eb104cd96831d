CREATE TABLE `people` (
	`actor` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`since` integer NOT NULL
);
