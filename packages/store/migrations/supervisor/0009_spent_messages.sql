CREATE TABLE `spent_messages` (
	`session_id` text NOT NULL,
	`id` text NOT NULL,
	`day` integer NOT NULL,
	`project` text NOT NULL,
	`model` text NOT NULL,
	`cost_micro_usd` integer NOT NULL,
	`tokens` integer NOT NULL,
	PRIMARY KEY(`session_id`, `id`)
);
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_messages` (`session_id`, `id`, `day`, `project`, `model`, `cost_micro_usd`, `tokens`)
SELECT m.`session_id`, m.`id`, m.`created_at` / 86400000, s.`project`, iif(json_valid(m.`data`), coalesce(m.`data` ->> 'model', ''), ''),
  iif(m.`cost_micro_usd` BETWEEN 0 AND 1000000000000, m.`cost_micro_usd`, 0), iif(m.`tokens_total` BETWEEN 0 AND 1000000000000, m.`tokens_total`, 0)
FROM `messages` m JOIN `sessions` s ON s.`node_id` = m.`node_id` AND s.`id` = m.`session_id`
WHERE m.`role` = 'assistant' AND NOT m.`copied` AND (m.`cost_micro_usd` <> 0 OR m.`tokens_total` <> 0)
ORDER BY m.`event_id` DESC;
