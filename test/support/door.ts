/** A door for tests: open to everybody where a test does not say who may. */
import * as TelegramDoor from "../../src/telegram/TelegramDoor.ts"

export type DoorOptions = TelegramDoor.Manners & {
  readonly allowedUserIds?: ReadonlyArray<number> | "everybody" | undefined
  readonly allowedChatIds?: ReadonlyArray<number | string> | undefined
}

export const makeDoor = ({ allowedUserIds = "everybody", ...options }: DoorOptions = {}): TelegramDoor.Service =>
  TelegramDoor.make({ ...options, allowedUserIds })
