/**
 * effect-codex/testing/telegram: the Telegram Bot API as a server on loopback, for any bot.
 *
 * It loads nothing of the library, so a bot that has nothing to do with Codex can be tested with it.
 *
 * @since 0.2.0
 */

/** The Telegram Bot API as a server on loopback. */
export * as TelegramEmulator from "./TelegramEmulator.ts"
/** Rules that make the server fail, and replay. */
export * as FaultScript from "../faults/FaultScript.ts"
