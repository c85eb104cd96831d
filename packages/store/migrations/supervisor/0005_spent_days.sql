CREATE TABLE `spent_days` (
	`day` integer NOT NULL,
	`project` text NOT NULL,
	`model` text NOT NULL,
	`cost_micro_usd` integer NOT NULL,
	`tokens` integer NOT NULL,
	PRIMARY KEY(`day`, `project`, `model`)
);
--> statement-breakpoint
CREATE TABLE `spent_sessions` (
	`node_id` text NOT NULL,
	`session_id` text NOT NULL,
	`day` integer NOT NULL,
	PRIMARY KEY(`node_id`, `session_id`)
);
--> statement-breakpoint
CREATE INDEX `spent_sessions_day` ON `spent_sessions` (`day`);
--> statement-breakpoint
INSERT INTO `spent_days` (`day`, `project`, `model`, `cost_micro_usd`, `tokens`)
SELECT m.`created_at` / 86400000, s.`project`, coalesce(m.`data` ->> 'model', ''), sum(m.`cost_micro_usd`), sum(m.`tokens_total`)
FROM `messages` m JOIN `sessions` s ON s.`node_id` = m.`node_id` AND s.`id` = m.`session_id`
WHERE m.`role` = 'assistant' AND NOT m.`copied` AND (m.`cost_micro_usd` <> 0 OR m.`tokens_total` <> 0)
GROUP BY 1, 2, 3;
--> statement-breakpoint
INSERT INTO `spent_sessions` (`node_id`, `session_id`, `day`)
SELECT `node_id`, `session_id`, max(`created_at`) / 86400000 FROM `messages`
WHERE `role` = 'assistant' AND NOT `copied` AND (`cost_micro_usd` <> 0 OR `tokens_total` <> 0)
GROUP BY 1, 2;
