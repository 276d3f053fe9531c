/**
 * Who may do what. Asked before every command and every prompt, and before anything else is done for them.
 */
import * as Result from "effect/Result"
import type { Service as Door } from "./TelegramDoor.ts"
import { AccessDenied } from "./TelegramError.ts"

/** Who asks for something, and where. */
export interface Asker {
  readonly userId: number | undefined
  readonly chatId: number | string | undefined
  /** What it is, when it is no person: each has a list of its own. */
  readonly speaker?: "chat" | "bot"
}

const identified = (id: number | string | undefined) => id === undefined ? {} : { id }

/** Lets in who is on the allow-lists. */
export const check = (
  { chatId, speaker, userId }: Asker,
  door: Pick<Door, "allowedUserIds" | "allowedChatIds" | "allowedSenderChatIds" | "allowedBotIds">
): Result.Result<void, AccessDenied> => {
  const { allowedChatIds } = door
  const allowed = speaker === "chat"
    ? door.allowedSenderChatIds
    : speaker === "bot"
    ? door.allowedBotIds
    : door.allowedUserIds
  if (allowed !== "everybody" && (userId === undefined || !allowed.includes(userId))) {
    return Result.fail(new AccessDenied({ subject: "user", ...(speaker === undefined && identified(userId)) }))
  }
  if (allowedChatIds !== "everywhere" && !allowedChatIds.some((id) => String(id) === String(chatId))) {
    return Result.fail(new AccessDenied({ subject: "chat", ...identified(chatId) }))
  }
  return Result.void
}

/** A door that lets a group in under the id that it goes on with. */
export const following = (door: Door, from: number | string, to: number): Door =>
  door.allowedChatIds !== "everywhere" && door.allowedChatIds.some((id) => String(id) === String(from))
    ? { ...door, allowedChatIds: [...door.allowedChatIds, to] }
    : door

// Asked in every turn, so without a failure that nobody reads.
const isAdmin = (
  { userId }: Pick<Asker, "userId">,
  { authAdminUserIds }: Pick<Door, "authAdminUserIds">
): boolean => userId !== undefined && authAdminUserIds.includes(userId)

/** Lets in auth admins; with an empty list there are none. */
export const checkAdmin = (
  asker: Pick<Asker, "userId">,
  door: Pick<Door, "authAdminUserIds">
): Result.Result<void, AccessDenied> =>
  isAdmin(asker, door)
    ? Result.void
    : Result.fail(new AccessDenied({ subject: "auth admin", ...identified(asker.userId) }))

/** Whether the places of files on the server may be named to somebody: to auth admins, where nobody else reads along. */
export const mayKnowPaths = (
  { isPrivate, userId }: Pick<Asker, "userId"> & { readonly isPrivate: boolean },
  door: Pick<Door, "authAdminUserIds">
): boolean => isPrivate && isAdmin({ userId }, door)
