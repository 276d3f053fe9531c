/**
 * What a bot says of itself when it starts: who it is, who may use it, and whether what it stands on will last.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Status } from "../../auth/CodexAuth.ts"
import { explain } from "../../Failure.ts"
import type { Service as Door } from "../../telegram/TelegramDoor.ts"

const list = (ids: ReadonlyArray<number | string>): string => ids.length === 0 ? "nobody" : ids.join(", ")

const oneLine = (text: string): string => text.replaceAll("\n", " ")

/** Says it, line by line; what should not stay as it is as a warning. */
export const say = Effect.fnUntraced(function*(options: {
  readonly me: { readonly username: string; readonly can_read_all_group_messages?: boolean }
  readonly door: Door
  readonly store: string
  readonly login: Status
  readonly model: string | undefined
}) {
  const { door, login, me, model, store } = options
  const { allowedChatIds, allowedUserIds, authAdminUserIds } = door
  yield* Effect.logInfo(
    `@${me.username} is listening (model: ${model ?? "the best of the account's list"}). Stop it with Ctrl-C.`
  )
  if (allowedUserIds === "everybody" && allowedChatIds === "everywhere") {
    yield* Effect.logWarning(
      `Everybody who finds @${me.username} can use up your quota: CODEX_ALLOWED_USER_IDS says so.`
    )
  } else if (allowedUserIds.length === 0) {
    yield* Effect.logWarning(
      `Nobody may use @${me.username} yet. Write to it: it tells you your user id. Put that into CODEX_ALLOWED_USER_IDS, and start it again.`
    )
  } else {
    const users = allowedUserIds === "everybody" ? "everybody" : list(allowedUserIds)
    yield* Effect.logInfo(
      `Who may use it: ${users}${allowedChatIds === "everywhere" ? "" : `; only in the chats ${list(allowedChatIds)}`}.`
    )
  }
  yield* Effect.logInfo(
    authAdminUserIds.length === 0
      ? "Nobody may manage the login from the chat: CODEX_AUTH_ADMIN_USER_IDS names nobody."
      : `Who may manage the login from the chat: ${list(authAdminUserIds)}.`
  )
  if (login.problem === undefined) {
    const until = login.expiresAt === undefined ? "" : `, token until ${DateTime.formatIso(login.expiresAt)}`
    yield* Effect.logInfo(`Signed in with ${login.location}${until}.`)
  } else {
    yield* Effect.logWarning(oneLine(explain(login.problem, "program")))
  }
  if (login.unwritable !== undefined) {
    yield* Effect.logWarning(`A refreshed login cannot be saved. ${oneLine(explain(login.unwritable, "program"))}`)
  } else if (login.canRefresh) {
    yield* Effect.logInfo("A refreshed login can be saved there.")
  }
  yield* Effect.logInfo(`Conversations are kept in ${store}.`)
})
