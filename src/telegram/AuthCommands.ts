/**
 * Managing the login from the chat: sign in, sign out, take auth.json out and in.
 *
 * All of it is for auth admins, and whatever shows or carries a token is for private chats. A message with tokens
 * in it does not stay.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { CodexAuth, type SignedIn } from "../auth/CodexAuth.ts"
import * as DeviceLogin from "../auth/DeviceLogin.ts"
import { explain } from "../Failure.ts"
import * as Access from "./Access.ts"
import { holdsTokens, type Source } from "./incoming/Logins.ts"
import type { Origin } from "./incoming/Origin.ts"
import * as TextBytes from "./internal/textBytes.ts"
import * as Delivering from "./reply/Delivering.ts"
import * as LiveReply from "./reply/LiveReply.ts"
import * as Repeating from "./reply/Repeating.ts"
import * as ShownMessages from "./reply/ShownMessages.ts"
import { type Content, type Destination, TelegramApi } from "./TelegramApi.ts"
import type { Service as Door } from "./TelegramDoor.ts"
import { type DoorError, TelegramFailed } from "./TelegramError.ts"

/** What a command is called with. */
export interface Call {
  readonly origin: Origin
  readonly arguments: string
  readonly door: Door
}

// ---------------------------------------------------------------------------------------------------------
// Sign in
// ---------------------------------------------------------------------------------------------------------

/** What goes on beside the conversations: the one login, and exported files that wait for their end. */
export class LoginTasks extends Context.Service<LoginTasks, {
  /** Begins a login in the background; false when there is one already. */
  readonly begin: (login: Effect.Effect<void>) => Effect.Effect<boolean>
  /** Ends the login that is going on; false when there is none. */
  readonly cancel: Effect.Effect<boolean>
  /** Runs something after a while, or at once when the bot is being stopped. */
  readonly after: (wait: Duration.Duration, work: Effect.Effect<void>) => Effect.Effect<void>
}>()("effect-codex/AuthCommands/LoginTasks") {}

/** Work that ends with the layer. */
export const layer: Layer.Layer<LoginTasks> = Layer.effect(
  LoginTasks,
  Effect.gen(function*() {
    const handle = yield* FiberHandle.make()
    const waiting = yield* FiberSet.make()
    const isBusy = () => Option.isSome(FiberHandle.getUnsafe(handle))
    return {
      begin: (login) =>
        Effect.suspend(() => isBusy() ? Effect.succeed(false) : Effect.as(FiberHandle.run(handle, login), true)),
      cancel: Effect.suspend(() => isBusy() ? Effect.as(FiberHandle.clear(handle), true) : Effect.succeed(false)),
      after: (wait, work) =>
        Effect.asVoid(FiberSet.run(
          waiting,
          Effect.andThen(Effect.sleep(wait), work).pipe(Effect.onInterrupt(() => LiveReply.briefly(work))),
          { startImmediately: true }
        ))
    }
  })
)

const minutes = (duration: Duration.Duration): string => {
  const count = Math.max(1, Math.round(Duration.toMinutes(duration)))
  return count === 1 ? "1 minute" : `${count} minutes`
}

/** The message with the code, while it is waited for. */
const codeMessage = (
  { userCode, verificationUri, verificationUriComplete }: DeviceLogin.CodeIssued,
  left: Duration.Duration,
  prefix: string
): Content => {
  const before = `Sign in to ChatGPT:\n1. Open ${verificationUriComplete ?? verificationUri}\n2. Enter this code: `
  return {
    text: `${before}${userCode}\n\nThe code is good for ${
      minutes(left)
    }. I am waiting; /${prefix} login cancel ends it.`,
    entities: [{ type: "code", offset: before.length, length: userCode.length }]
  }
}

const signedInText = ({ accountId, expiresAt, location, plan, unsaved }: SignedIn): string =>
  [
    "✅ Signed in.",
    ...(plan === undefined ? [] : [`Plan: ${plan}`]),
    ...(accountId === undefined ? [] : [`Account: ${accountId}`]),
    ...(expiresAt === undefined ? [] : ["The token is refreshed by itself."]),
    unsaved === undefined
      ? `Saved at ${location}; in use from now on.`
      : `⚠️ In use, but not saved. ${explain(unsaved)}`
  ].join("\n")

// How often the time that is left is brought up to date.
const news = Duration.seconds(30)

/** Signs in by device code; the message with the code becomes the message with the outcome. */
export const login = Effect.fn("AuthCommands.login")(function*({ origin, door }: Call) {
  if (!origin.isPrivate) return "⚠️ Sign in from a private chat with the bot: the code is for you only."
  const api = yield* TelegramApi
  const tasks = yield* LoginTasks
  const deviceLogin = yield* DeviceLogin.DeviceLogin
  const prefix = door.commandPrefix
  const shown = ShownMessages.make(api, origin.destination)
  const end = (text: string) => Effect.catch(shown.finish([{ text }]), Delivering.undelivered)

  let issued: DeviceLogin.CodeIssued | undefined
  let shownAt = Duration.zero
  const follow = (step: DeviceLogin.CodeIssued | DeviceLogin.Waiting | DeviceLogin.SignedIn) =>
    Effect.suspend(() => {
      switch (step._tag) {
        case "CodeIssued":
          issued = step
          // Nobody can enter a code that does not arrive.
          return shown.finish([codeMessage(step, step.expiresIn, prefix)])
        case "Waiting": {
          if (
            issued === undefined || !api.canEdit ||
            Duration.isLessThan(Duration.subtract(step.elapsed, shownAt), news)
          ) {
            return Effect.void
          }
          shownAt = step.elapsed
          const content = codeMessage(issued, Duration.subtract(issued.expiresIn, step.elapsed), prefix)
          return Effect.ignore(shown.preview(() => [content]), { log: "Debug" })
        }
        case "SignedIn":
          return end(signedInText(step))
      }
    })

  const begun = yield* tasks.begin(
    Stream.runForEach(deviceLogin.signIn(), follow).pipe(
      Effect.catch((error) => end(LiveReply.failureText(error, true))),
      Effect.catchDefect((defect) =>
        Effect.andThen(
          Effect.logError("The login broke off.", defect),
          end("⚠️ The login broke off: something went wrong inside the bot.\nIts log says what.")
        )
      ),
      // A login that was being saved at that moment is in use all the same.
      Effect.onInterrupt(() =>
        LiveReply.briefly(end(
          `The login was cancelled. /${prefix} status shows what is in use; /${prefix} login starts another one.`
        ))
      )
    )
  )
  return begun ? undefined : `A login is going on already. End it with /${prefix} login cancel.`
})

/** Ends the login that is going on. */
export const cancelLogin = Effect.fn("AuthCommands.cancelLogin")(function*(_: Call) {
  const tasks = yield* LoginTasks
  // The message with the code says how it ended.
  return (yield* tasks.cancel) ? undefined : "No login is going on."
})

/** Ends the session at the issuer and removes the tokens. */
export const logout = Effect.fn("AuthCommands.logout")(function*({ door, origin }: Call) {
  const auth = yield* CodexAuth
  const { location } = yield* auth.status
  const where = Access.mayKnowPaths(origin, door) ? ` at ${location}` : ""
  return (yield* auth.signOut)
    ? `Logged out. The tokens${where} are removed.`
    : `There are no tokens${where}: already logged out.`
})

// ---------------------------------------------------------------------------------------------------------
// Out and in
// ---------------------------------------------------------------------------------------------------------

/** Deletes a message with tokens, and tries again what may pass; false when it stays. */
const erase = Effect.fnUntraced(
  function*(to: Destination, messageId: number) {
    const api = yield* TelegramApi
    yield* api.deleteMessage(to, messageId)
    return true
  },
  Effect.retry(($) =>
    $(Schedule.recurs(3)).pipe(
      Schedule.while(({ input }) => input.isRetryable),
      Schedule.modifyDelay(({ input }) => Effect.succeed(Duration.min(input.retryAfter ?? second, minute)))
    )
  ),
  Effect.catch((error) =>
    error.reason === "messageNotFound"
      ? Effect.succeed(true)
      : Effect.as(Effect.logWarning(`A message with tokens could not be deleted. ${error.message}`), false)
  )
)

const second = Duration.seconds(1)
const minute = Duration.minutes(1)

/** Sends auth.json as a protected file, which deletes itself after a while. */
export const exportLogin = Effect.fn("AuthCommands.exportLogin")(function*({ origin, door }: Call) {
  if (!origin.isPrivate) return "⚠️ auth.json is only sent in a private chat with the bot."
  const { destination } = origin
  const auth = yield* CodexAuth
  const api = yield* TelegramApi
  const text = yield* auth.exported
  const sent = yield* Repeating.persistently(false)(api.sendDocument(destination, {
    name: "auth.json",
    content: new TextEncoder().encode(Redacted.value(text)),
    caption: `⚠️ These are live tokens. Store the file safely. ${
      api.canEdit
        ? `This message deletes itself after ${Duration.format(door.exportLifetime)}.`
        : "Delete this message when you have the file."
    }`,
    protect: true
  }))
  if (Option.isNone(sent)) return "⚠️ This message cannot delete itself here: delete it when you have the file."
  const tasks = yield* LoginTasks
  yield* tasks.after(
    door.exportLifetime,
    erase(destination, sent.value).pipe(
      Effect.flatMap((gone) =>
        gone
          ? Effect.void
          : LiveReply.say(destination, "⚠️ I could not delete the file with your tokens: delete it yourself.")
      ),
      Effect.provideService(TelegramApi, api)
    )
  )
  return undefined
})

/** Says how an auth.json is handed in. */
export const askForLogin = ({ origin }: Call): Effect.Effect<string> =>
  Effect.succeed(
    origin.isPrivate
      ? "Send me the auth.json now, best as a file: Telegram cuts long texts into pieces. " +
        "I delete your message when I have read it."
      : "⚠️ Send an auth.json in a private chat with the bot only."
  )

// Long enough for a file of this size, and tokens must not lie about for longer.
const downloadTimeout = Duration.seconds(30)

const longestLogin = 64 * 1024

const importRefusal = (error: DoorError, source: Source): string => {
  if (error._tag === "TelegramFailed" && error.reason === "tooLong") {
    return "⚠️ That file is too large for an auth.json.\nSend the one that `codex login` wrote."
  }
  if (error._tag === "AuthFileInvalid" && error.problem === "not JSON" && source._tag === "Text") {
    return "⚠️ That text is not a whole auth.json: Telegram cuts long texts into pieces.\nSend it as a file."
  }
  return LiveReply.failureText(error, true)
}

// Whoever gets an admin to pass a file on would have the bot ask with their account.
const notOwn = "⚠️ Send your own auth.json: what others forwarded, or what comes from another bot, is not taken over."

/**
 * Takes over an auth.json, and deletes the message that carried it, whoever sent it and whatever came of it.
 *
 * Says nothing about a file that only might have been one.
 */
export const importLogin = Effect.fn("AuthCommands.importLogin")(function*(
  { origin, door }: Pick<Call, "origin" | "door">,
  source: Source
) {
  const auth = yield* CodexAuth
  const api = yield* TelegramApi
  const { destination, isPrivate, messageId } = origin
  const read = source._tag === "Text"
    ? Effect.succeed(source.text)
    : api.download(destination, source.fileId, { most: longestLogin }).pipe(
      Effect.map(({ bytes }) => Redacted.make(TextBytes.read(bytes))),
      Effect.timeoutOrElse({
        duration: downloadTimeout,
        orElse: () => Effect.fail(new TelegramFailed({ method: "getFile", reason: "unreachable" }))
      })
    )
  if (source._tag === "File" && !source.isCertain) {
    const content = yield* Effect.option(read)
    if (!Option.exists(content, (text) => holdsTokens(Redacted.value(text)))) return undefined
  }
  const taken = Effect.gen(function*() {
    yield* Effect.fromResult(Access.checkAdmin(origin, door))
    if (!isPrivate) return "⚠️ That message held tokens. Send an auth.json in a private chat with the bot only."
    if (origin.isSecondHand === true) return notOwn
    return signedInText(yield* auth.imported(yield* read))
  })
  const erased = erase(destination, messageId).pipe(Effect.provideService(TelegramApi, api))
  const said = yield* taken.pipe(
    Effect.catch((error) => Effect.succeed(importRefusal(error, source))),
    Effect.onError(() => LiveReply.briefly(Effect.asVoid(erased)))
  )
  return (yield* erased) ? said : `${said}\n\n⚠️ I could not delete your message: delete it yourself.`
})
