CREATE TABLE `progress` (
	`project` text NOT NULL,
	`directory` text NOT NULL,
	`memory` text NOT NULL,
	PRIMARY KEY(`project`, `directory`)
);
