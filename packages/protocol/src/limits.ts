/** Limits of protocol §8, where nothing else is configured. Sizes in bytes of UTF-8, times in milliseconds. */
export const LIMITS = {
  frameBytes: 1024 * 1024,
  /** of a command's arguments, so that its frame is below the limit */
  commandBytes: 1000 * 1024,
  eventBytes: 256 * 1024,
  eventsPerFrame: 500,
  eventsFrameBytes: 512 * 1024,
  windowFrames: 8,
  outboxEvents: 1_000_000,
  outboxBytes: 256 * 1024 * 1024,
  outboxKeptBytes: 64 * 1024 * 1024,
  outboxKeptMs: 24 * 3_600_000,
  /** how many runs of an agent its outbox remembers */
  outboxInstances: 32,
  /** sessions of one `told`, and open requests of one session there */
  toldSessions: 2_000,
  toldRequests: 1_000,
  /** the same of one `retell` */
  retoldSessions: 100,
  retoldRequests: 50,
  /** holds of single projects that stand at a time, on one node and in the fleet each; all of a node fit into a frame */
  projectHolds: 200,
  controlCallsInFlight: 32,
  controlItemsBuffered: 1_000,
  agentConnections: 5_000,
  controlConnections: 500,
  /** connections of one port without a token: above the first number those older than strangerMs are cut, above the second all */
  strangers: 100,
  strangersAtMost: 2_000,
  strangerMs: 1_000,
  /** sessions of one node whose text is watched, and watchers of one supervisor */
  liveWatches: 64,
  liveWatchers: 1_000,
  /** what one token may have: nodes that came with it first, tokens made with it, streams that it follows at a time */
  nodesPerToken: 5_000,
  tokensPerToken: 1_000,
  streamsPerToken: 500,
  /** text of one piece, of one part, of one session's messages in progress, and of all that an agent keeps */
  livePieceChars: 16 * 1024,
  livePartChars: 256 * 1024,
  liveSessionChars: 1024 * 1024,
  liveAgentChars: 4 * 1024 * 1024,
  /** what is written within this time goes together */
  liveEveryMs: 75,
  /** a link with so much unsent takes no live text */
  liveBacklogBytes: 256 * 1024,
  httpBodyBytes: 1024 * 1024,
  idempotencyKeyChars: 200,
  httpHeaderBytes: 16 * 1024,
  helloMs: 10_000,
  /** a reader that takes nothing for so long is cut off; it resumes by cursor */
  readerMs: 30_000,
  /** of a request to arrive, and of a TLS handshake */
  httpRequestMs: 10_000,
  /** a connection on which nothing moves for so long is cut; above the longest wait that can be asked for */
  httpIdleMs: 660_000,
} as const;
