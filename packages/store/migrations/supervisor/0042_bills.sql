CREATE TABLE `bill_days` (
	`provider` text NOT NULL,
	`report` text NOT NULL,
	`day` integer NOT NULL,
	`read_at` integer NOT NULL,
	`drift_told_at` integer,
	PRIMARY KEY(`provider`, `report`, `day`)
);
--> statement-breakpoint
CREATE TABLE `bill_lines` (
	`provider` text NOT NULL,
	`report` text NOT NULL,
	`day` integer NOT NULL,
	`model` text NOT NULL,
	`item` text NOT NULL,
	`tier` text NOT NULL,
	`account` text NOT NULL,
	`cost_nano_usd` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`cache_read_tokens` integer NOT NULL,
	`cache_write_tokens` integer NOT NULL,
	`requests` integer NOT NULL,
	PRIMARY KEY(`provider`, `report`, `day`, `model`, `item`, `tier`, `account`)
);
--> statement-breakpoint
CREATE TABLE `bill_polls` (
	`provider` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`code` text,
	`reason` text,
	`since` integer NOT NULL,
	`tried_at` integer NOT NULL,
	`told_at` integer,
	`failures` integer NOT NULL,
	`not_before` integer,
	`note` text
);
--> statement-breakpoint
CREATE TABLE `bill_raws` (
	`provider` text NOT NULL,
	`report` text NOT NULL,
	`day` integer NOT NULL,
	`read_at` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`provider`, `report`, `day`)
);
