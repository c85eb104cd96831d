CREATE TABLE `spent_accounts` (
	`id` integer PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`root_id` text NOT NULL,
	`node_id` text NOT NULL,
	`project` text NOT NULL,
	`model` text NOT NULL,
	`actor` text NOT NULL,
	`kind` text NOT NULL,
	`last_slot` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `spent_accounts_key` ON `spent_accounts` (`session_id`,`node_id`,`project`,`model`,`actor`,`kind`);--> statement-breakpoint
CREATE INDEX `spent_accounts_root` ON `spent_accounts` (`root_id`);--> statement-breakpoint
CREATE INDEX `spent_accounts_last` ON `spent_accounts` (`last_slot`);--> statement-breakpoint
CREATE TABLE `spent_day_sums` (
	`day` integer NOT NULL,
	`project` text NOT NULL,
	`model` text NOT NULL,
	`node_id` text NOT NULL,
	`actor` text NOT NULL,
	`kind` text NOT NULL,
	`cost_nano_usd` integer NOT NULL,
	`input` integer NOT NULL,
	`output` integer NOT NULL,
	`reasoning` integer NOT NULL,
	`cache_read` integer NOT NULL,
	`cache_write` integer NOT NULL,
	`unsplit` integer NOT NULL,
	PRIMARY KEY(`day`, `project`, `model`, `node_id`, `actor`, `kind`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `spent_prompts` (
	`session_id` text NOT NULL,
	`id` text NOT NULL,
	`actor` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`session_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `spent_quarters` (
	`slot` integer NOT NULL,
	`account` integer NOT NULL,
	`cost_nano_usd` integer NOT NULL,
	`input` integer NOT NULL,
	`output` integer NOT NULL,
	`reasoning` integer NOT NULL,
	`cache_read` integer NOT NULL,
	`cache_write` integer NOT NULL,
	`unsplit` integer NOT NULL,
	PRIMARY KEY(`slot`, `account`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `spent_quarters_account` ON `spent_quarters` (`account`);--> statement-breakpoint
CREATE TABLE `spent_shares` (
	`session_id` text NOT NULL,
	`id` text NOT NULL,
	`prompt_id` text NOT NULL,
	`account` integer NOT NULL,
	`slot` integer NOT NULL,
	`cost_nano_usd` integer NOT NULL,
	`input` integer NOT NULL,
	`output` integer NOT NULL,
	`reasoning` integer NOT NULL,
	`cache_read` integer NOT NULL,
	`cache_write` integer NOT NULL,
	`unsplit` integer NOT NULL,
	PRIMARY KEY(`session_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `spent_roots` (`id` text PRIMARY KEY NOT NULL, `root_id` text NOT NULL);
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_roots` (`id`, `root_id`)
WITH RECURSIVE tree(`node_id`, `root_id`, `id`, `height`) AS (
  SELECT `node_id`, `id`, `id`, 0 FROM `sessions` WHERE `parent_id` IS NULL
  UNION ALL SELECT t.`node_id`, t.`root_id`, s.`id`, t.`height` + 1
  FROM tree t CROSS JOIN `sessions` s ON s.`node_id` = t.`node_id` AND s.`parent_id` = t.`id` WHERE t.`height` < 32
) SELECT `id`, `root_id` FROM tree;
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_roots` (`id`, `root_id`) SELECT `id`, `parent_id` FROM `sessions` WHERE `parent_id` IS NOT NULL;
--> statement-breakpoint
CREATE TABLE `spent_moving` (
	`session_id` text NOT NULL, `id` text NOT NULL, `project` text NOT NULL, `model` text NOT NULL,
	`node_id` text NOT NULL, `prompt_id` text NOT NULL, `slot` integer NOT NULL, `cost_nano_usd` integer NOT NULL,
	`input` integer NOT NULL, `output` integer NOT NULL, `reasoning` integer NOT NULL, `cache_read` integer NOT NULL,
	`cache_write` integer NOT NULL, `unsplit` integer NOT NULL,
	PRIMARY KEY(`session_id`, `id`)
);
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_moving`
SELECT m.`session_id`, m.`id`, p.`project`, p.`model`, m.`node_id`, m.`prompt_id`, m.`created_at` / 900000,
  iif(p.`cost_micro_usd` BETWEEN 0 AND 1000000000000, p.`cost_micro_usd` * 1000, 0),
  iif(m.`split` = p.`tokens`, m.`input`, 0), iif(m.`split` = p.`tokens`, m.`output`, 0),
  iif(m.`split` = p.`tokens`, m.`reasoning`, 0), iif(m.`split` = p.`tokens`, m.`cache_read`, 0),
  iif(m.`split` = p.`tokens`, m.`cache_write`, 0),
  iif(m.`split` = p.`tokens`, 0, iif(p.`tokens` BETWEEN 0 AND 1000000000000, p.`tokens`, 0))
FROM (
  SELECT *, `input` + `output` + `reasoning` + `cache_read` + `cache_write` AS `split` FROM (
    SELECT `session_id`, `id`, `node_id`, `created_at`, `event_id`,
      iif(json_valid(`data`), coalesce(`data` ->> '$.parentId', ''), '') AS `prompt_id`,
      iif(json_valid(`data`), `data` ->> '$.tokens.input', NULL) AS `input`,
      iif(json_valid(`data`), `data` ->> '$.tokens.output', NULL) AS `output`,
      iif(json_valid(`data`), `data` ->> '$.tokens.reasoning', NULL) AS `reasoning`,
      iif(json_valid(`data`), `data` ->> '$.tokens.cacheRead', NULL) AS `cache_read`,
      iif(json_valid(`data`), `data` ->> '$.tokens.cacheWrite', NULL) AS `cache_write`
    FROM `messages` WHERE `role` = 'assistant'
  )
) m CROSS JOIN `spent_messages` p ON p.`session_id` = m.`session_id` AND p.`id` = m.`id` AND p.`day` = m.`created_at` / 86400000
ORDER BY m.`event_id` DESC;
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_moving`
SELECT `session_id`, `id`, `project`, `model`, '', '', -1 - `day`,
  iif(`cost_micro_usd` BETWEEN 0 AND 1000000000000, `cost_micro_usd` * 1000, 0), 0, 0, 0, 0, 0,
  iif(`tokens` BETWEEN 0 AND 1000000000000, `tokens`, 0)
FROM `spent_messages`;
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_accounts` (`session_id`, `root_id`, `node_id`, `project`, `model`, `actor`, `kind`, `last_slot`)
SELECT m.`session_id`, coalesce((SELECT r.`root_id` FROM `spent_roots` r WHERE r.`id` = m.`session_id`), m.`session_id`),
  m.`node_id`, m.`project`, m.`model`, '', iif(m.`cost_nano_usd` > 0, 'opencode', 'unpriced'), max(iif(m.`slot` < 0, (-1 - m.`slot`) * 96, m.`slot`))
FROM `spent_moving` m GROUP BY 1, 3, 4, 5, 7;
--> statement-breakpoint
INSERT INTO `spent_shares`
SELECT m.`session_id`, m.`id`, m.`prompt_id`, a.`id`, m.`slot`, m.`cost_nano_usd`, m.`input`, m.`output`, m.`reasoning`,
  m.`cache_read`, m.`cache_write`, m.`unsplit`
FROM `spent_moving` m JOIN `spent_accounts` a ON a.`session_id` = m.`session_id` AND a.`node_id` = m.`node_id`
  AND a.`project` = m.`project` AND a.`model` = m.`model` AND a.`actor` = ''
  AND a.`kind` = iif(m.`cost_nano_usd` > 0, 'opencode', 'unpriced');
--> statement-breakpoint
INSERT INTO `spent_quarters`
SELECT `slot`, `account`, cast(min(9e15, total(`cost_nano_usd`)) AS integer), cast(min(9e15, total(`input`)) AS integer),
  cast(min(9e15, total(`output`)) AS integer), cast(min(9e15, total(`reasoning`)) AS integer),
  cast(min(9e15, total(`cache_read`)) AS integer), cast(min(9e15, total(`cache_write`)) AS integer),
  cast(min(9e15, total(`unsplit`)) AS integer)
FROM `spent_shares` GROUP BY `slot`, `account`;
--> statement-breakpoint
CREATE TABLE `spent_rest` AS
SELECT d.`day`, d.`project`, d.`model`,
  iif(d.`cost_micro_usd` BETWEEN 0 AND 9000000000000, max(0, d.`cost_micro_usd` - coalesce(p.`cost`, 0)), 0) AS `cost`,
  iif(d.`tokens` BETWEEN 0 AND 9000000000000000, max(0, d.`tokens` - coalesce(p.`tokens`, 0)), 0) AS `tokens`
FROM `spent_days` d LEFT JOIN (
  SELECT `day`, `project`, `model`, cast(total(`cost_micro_usd`) AS integer) AS `cost`, cast(total(`tokens`) AS integer) AS `tokens`
  FROM `spent_messages` GROUP BY 1, 2, 3
) p ON p.`day` = d.`day` AND p.`project` = d.`project` AND p.`model` = d.`model`
WHERE typeof(d.`cost_micro_usd`) = 'integer' AND typeof(d.`tokens`) = 'integer';
--> statement-breakpoint
DELETE FROM `spent_rest` WHERE `cost` = 0 AND `tokens` = 0;
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_accounts` (`session_id`, `root_id`, `node_id`, `project`, `model`, `actor`, `kind`, `last_slot`)
SELECT DISTINCT '', '', '', `project`, `model`, '', iif(`cost` > 0, 'opencode', 'unpriced'), 0 FROM `spent_rest`;
--> statement-breakpoint
INSERT INTO `spent_quarters`
SELECT -1 - r.`day`, a.`id`, r.`cost` * 1000, 0, 0, 0, 0, 0, r.`tokens`
FROM `spent_rest` r JOIN `spent_accounts` a ON a.`session_id` = '' AND a.`node_id` = '' AND a.`project` = r.`project`
  AND a.`model` = r.`model` AND a.`actor` = '' AND a.`kind` = iif(r.`cost` > 0, 'opencode', 'unpriced');
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_accounts` (`session_id`, `root_id`, `node_id`, `project`, `model`, `actor`, `kind`, `last_slot`)
SELECT g.`session_id`, coalesce((SELECT r.`root_id` FROM `spent_roots` r WHERE r.`id` = g.`session_id`), g.`session_id`),
  g.`node_id`, '', '', '', 'opencode', g.`day` * 96
FROM `spent_sessions` g WHERE NOT EXISTS (SELECT 1 FROM `spent_moving` m WHERE m.`session_id` = g.`session_id`);
--> statement-breakpoint
INSERT INTO `spent_day_sums`
SELECT q.`slot` / 96, a.`project`, a.`model`, a.`node_id`, a.`actor`, a.`kind`, cast(min(9e15, total(q.`cost_nano_usd`)) AS integer),
  cast(min(9e15, total(q.`input`)) AS integer), cast(min(9e15, total(q.`output`)) AS integer),
  cast(min(9e15, total(q.`reasoning`)) AS integer), cast(min(9e15, total(q.`cache_read`)) AS integer),
  cast(min(9e15, total(q.`cache_write`)) AS integer), cast(min(9e15, total(q.`unsplit`)) AS integer)
FROM `spent_quarters` q JOIN `spent_accounts` a ON a.`id` = q.`account` WHERE q.`slot` >= 0 GROUP BY 1, 2, 3, 4, 5, 6;
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_prompts` (`session_id`, `id`, `actor`, `at`)
SELECT `id`, coalesce(`prompted_with`, ''), `prompted_by`, `last_activity_at` FROM `sessions`
WHERE `parent_id` IS NULL AND `prompted_by` IS NOT NULL ORDER BY `last_activity_at` DESC;
--> statement-breakpoint
INSERT OR IGNORE INTO `spent_prompts` (`session_id`, `id`, `actor`, `at`)
SELECT m.`session_id`, m.`id`, '', m.`created_at` FROM `messages` m JOIN `sessions` s ON s.`node_id` = m.`node_id` AND s.`id` = m.`session_id`
WHERE m.`role` = 'user' AND NOT m.`copied` AND s.`parent_id` IS NULL
  AND iif(json_valid(m.`data`), coalesce(m.`data` ->> '$.text', '') <> '', 0);
--> statement-breakpoint
UPDATE `meta` SET `value` = replace(`value`, '"spentDays"', '"spentQuarters"') WHERE `key` = 'mended';
--> statement-breakpoint
DROP TABLE `spent_roots`;
--> statement-breakpoint
DROP TABLE `spent_moving`;
--> statement-breakpoint
DROP TABLE `spent_rest`;
