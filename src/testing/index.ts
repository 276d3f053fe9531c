/**
 * effect-codex/testing: doubles that real clients believe.
 */

/** A whole Codex without sockets: scripted answers, deterministic under `TestClock`. */
export * as TestCodex from "./TestCodex.ts"
/** The Codex backend and its issuer as a server on loopback. */
export * as CodexEmulator from "./codex/CodexEmulator.ts"
/** The Telegram Bot API as a server on loopback. */
export * as TelegramEmulator from "./telegram/TelegramEmulator.ts"
/** Rules that make either server fail, and replay. */
export * as FaultScript from "./faults/FaultScript.ts"
/** What a store of yours has to do, as checks for any test runner. */
export * as StoreContract from "./StoreContract.ts"
