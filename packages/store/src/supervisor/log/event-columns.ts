/** The columns of an event under their names in code, for statements of the bare driver. */
export const EVENT_COLUMNS = `id, node_id as nodeId, epoch, seq, source_key as sourceKey, at, received_at as receivedAt, type, project,
  session_id as sessionId, data`;
