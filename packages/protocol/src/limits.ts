/** Defaults of protocol §8. Sizes in bytes of UTF-8, times in milliseconds. */
export const LIMITS = {
  frameBytes: 1024 * 1024,
  eventBytes: 256 * 1024,
  eventsPerFrame: 500,
  eventsFrameBytes: 512 * 1024,
  windowFrames: 8,
  outboxEvents: 1_000_000,
  outboxBytes: 256 * 1024 * 1024,
  controlCallsInFlight: 32,
  controlItemsBuffered: 1_000,
  agentConnections: 5_000,
  controlConnections: 500,
  handshakesInProgress: 100,
  httpBodyBytes: 1024 * 1024,
  httpHeaderBytes: 16 * 1024,
  helloMs: 10_000,
  httpRequestMs: 10_000,
} as const;
