/**
 * The command menu: what a bot's author hands to `setMyCommands`, before anything else of the door is needed.
 */
import type { Service as Door } from "../TelegramDoor.ts"

/** An entry of the command menu. */
export interface MenuEntry {
  command: string
  description: string
}

/** The command menu, in the form that `setMyCommands` takes. */
export const menu = (door: Door): Array<MenuEntry> => [
  { command: door.commandPrefix, description: "Ask ChatGPT; help, status, models, stop, reset, personality" }
]
