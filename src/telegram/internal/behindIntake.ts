/**
 * What stands behind a way in, and is loaded when one is built.
 */
export * as Access from "../Access.ts"
export * as AuthCommands from "../AuthCommands.ts"
export * as Incoming from "../Incoming.ts"
export * as Undelivered from "../reply/Undelivered.ts"
export * as TelegramApi from "../TelegramApi.ts"
export * as Departures from "./departures.ts"
export * as Errands from "./errands.ts"
export * as Following from "./following.ts"
export * as Handling from "./handling.ts"
export * as MovedChats from "./movedChats.ts"
export * as Overheard from "./overheard.ts"
export * as Tracing from "./tracing.ts"
