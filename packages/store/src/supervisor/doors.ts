import type { EventsFrame } from "./read-frame.ts";
import type { SupervisorStore } from "./store.ts";
import type { Taken } from "./take-frame.ts";
import type { WriteArgs, WriteName, WriteResult } from "./writes.ts";

type Door<N extends WriteName> = (store: SupervisorStore, ...args: WriteArgs<N>) => Promise<WriteResult<N>>;

function door<N extends WriteName>(name: N): Door<N> {
  return (store, ...args) => store.writer.run(name, ...args);
}

function deferred<N extends WriteName>(name: N): Door<N> {
  return (store, ...args) => store.writer.defer(name, ...args);
}

// Each resolves after its commit. What it promises is said where it is done: command-writes, node-writes, own-events, audit-writes.
export const appendOwnEvents = door("appendOwnEvents");
export const cancelCommand = door("cancelCommand");
export const confirmSecret = door("confirmSecret");
export const createToken = door("createToken");
export const endAudit = deferred("endAudit");
export const expireQueued = door("expireQueued");
export const failLost = door("failLost");
export const mendStep = door("mendStep");
export const noteAllDisconnected = door("noteAllDisconnected");
export const noteAudit = deferred("noteAudit");
export const noteConnected = door("noteConnected");
export const noteCredential = door("noteCredential");
export const noteDisconnected = door("noteDisconnected");
export const noteReports = door("noteReports");
export const noteSent = door("noteSent");
export const noteSharedTokens = door("noteSharedTokens");
export const noteSharedTokenUse = door("noteSharedTokenUse");
export const noteTokenUse = door("noteTokenUse");
export const noteUnsent = door("noteUnsent");
export const probeWritable = door("probeWritable");
export const pruneAudit = door("pruneAudit");
export const pruneStep = door("pruneStep");
export const queueCommand = door("queueCommand");
export const removeNode = door("removeNode");
export const revokeSharedToken = door("revokeSharedToken");
export const revokeToken = door("revokeToken");

/** Takes a frame of events; protocol §4.2. */
export function takeFrame(store: SupervisorStore, frame: EventsFrame): Promise<Taken> {
  return store.writer.take(frame);
}

/** Begins a new life of the log: cursors of the one before are refused from now on (protocol §4.6). */
export async function renewLogId(store: SupervisorStore, now: number): Promise<void> {
  store.logId = await store.writer.run("renewLogId", now);
}
