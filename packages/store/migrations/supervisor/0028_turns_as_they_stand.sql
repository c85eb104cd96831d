ALTER TABLE `sessions` ADD `turn` text;--> statement-breakpoint
UPDATE `sessions` SET `turn` = CASE
  WHEN `status_reason` = 'its agent lost its identity, and the new one has not told of it' THEN 'untold'
  WHEN `status` = 'error' THEN CASE WHEN substr(`status_reason`, 1, 17) = 'InterruptedError:' THEN 'interrupted' ELSE 'failed' END
  WHEN `status` NOT IN ('idle', 'starting') THEN NULL
  WHEN `status_reason` = 'no turn yet' THEN 'none'
  WHEN `status_reason` = 'finished its turn' THEN 'finished'
  WHEN `status_reason` = 'its turn was aborted' THEN 'aborted'
  WHEN `status_reason` = 'what it asked for was denied, and opencode left it at that' THEN 'denied'
  WHEN `status_reason` = 'its last prompt has no answer' THEN 'unanswered'
  WHEN `status_reason` = 'its turn is over, and how it ended is not known' THEN 'unknown'
END;
