UPDATE `events` SET `source_key` = NULL
WHERE `node_id` IS NULL AND `source_key` IS NOT NULL AND `id` NOT IN (
  SELECT min(`id`) FROM `events` WHERE `node_id` IS NULL AND `source_key` IS NOT NULL GROUP BY `source_key`
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_own_source_key` ON `events` (`source_key`) WHERE "events"."node_id" is null and "events"."source_key" is not null;
