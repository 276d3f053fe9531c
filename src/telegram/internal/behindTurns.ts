/**
 * What stands behind mailboxes in this process, and is loaded when they are built.
 */
export * as Departures from "./departures.ts"
export * as Mailbox from "./mailbox.ts"
export * as Seen from "./seen.ts"
export * as Tracing from "./tracing.ts"
export * as Turning from "./turning.ts"
