/**
 * Who may do what. Asked before every command and every prompt, and before anything else is done for them.
 */
import * as Result from "effect/Result"
import type { Settings } from "../CodexConfig.ts"
import { AccessDenied } from "./TelegramError.ts"

/** Who asks for something, and where. */
export interface Asker {
  readonly userId: number | undefined
  readonly chatId: number | string | undefined
}

/** Lets in who is on the allow-lists; an empty list lets everybody in, as in the seed. */
export const check = (
  { chatId, userId }: Asker,
  { allowedChatIds, allowedUserIds }: Pick<Settings, "allowedUserIds" | "allowedChatIds">
): Result.Result<void, AccessDenied> => {
  if (allowedUserIds.length > 0 && (userId === undefined || !allowedUserIds.includes(userId))) {
    return Result.fail(new AccessDenied({ subject: "user" }))
  }
  if (allowedChatIds.length > 0 && !allowedChatIds.some((id) => String(id) === String(chatId))) {
    return Result.fail(new AccessDenied({ subject: "chat" }))
  }
  return Result.void
}

/** Lets in auth admins; with an empty list there are none. Default of the list: the allowed users. */
export const checkAdmin = (
  { userId }: Pick<Asker, "userId">,
  { allowedUserIds, authAdminUserIds }: Pick<Settings, "allowedUserIds" | "authAdminUserIds">
): Result.Result<void, AccessDenied> =>
  userId !== undefined && (authAdminUserIds ?? allowedUserIds).includes(userId)
    ? Result.void
    : Result.fail(new AccessDenied({ subject: "auth admin" }))
