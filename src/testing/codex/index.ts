/**
 * effect-codex/testing/codex: the Codex backend and its issuer as a server on loopback, for any client.
 *
 * It loads nothing of the library, so a program that has a client of its own can test with it.
 *
 * @since 0.2.0
 */

/** The Codex backend and its issuer as a server on loopback. */
export * as CodexEmulator from "./CodexEmulator.ts"
/** Rules that make the server fail, and replay. */
export * as FaultScript from "../faults/FaultScript.ts"
