/** A door for tests: open to everybody where a test does not say who may. */
import * as TelegramDoor from "../../src/telegram/TelegramDoor.ts"

export type DoorOptions = TelegramDoor.Manners & {
  readonly allowedUserIds?: ReadonlyArray<number> | "everybody" | undefined
  readonly allowedChatIds?: ReadonlyArray<number | string> | undefined
}

// Most tests hand in one thing after the other, and want it answered there and then.
export const makeDoor = (
  { allowedUserIds = "everybody", joinWindow = 0, ...options }: DoorOptions = {}
): TelegramDoor.Service => TelegramDoor.make({ ...options, joinWindow, allowedUserIds })
