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
import * as Stream from "effect/Stream"
import { CodexAuth, type SignedIn } from "../auth/CodexAuth.ts"
import * as DeviceLogin from "../auth/DeviceLogin.ts"
import type { Settings } from "../CodexConfig.ts"
import { type CodexError, explain, type TelegramFailed } from "../CodexError.ts"
import type { Origin, Source } from "./Incoming.ts"
import * as Screen from "./internal/screen.ts"
import { type Content, TelegramApi } from "./TelegramApi.ts"

/** What a command is called with. */
export interface Call {
  readonly origin: Origin
  readonly arguments: string
  readonly settings: Settings
}

// ---------------------------------------------------------------------------------------------------------
// Sign in
// ---------------------------------------------------------------------------------------------------------

/** What goes on beside the conversations: the one login, and exported files that wait for their end. */
export class LoginDesk extends Context.Service<LoginDesk, {
  /** Begins a login in the background; false when there is one already. */
  readonly begin: (login: Effect.Effect<void>) => Effect.Effect<boolean>
  /** Ends the login that is going on; false when there is none. */
  readonly cancel: Effect.Effect<boolean>
  /** Runs something after a while, or at once when the bot is being stopped. */
  readonly after: (wait: Duration.Duration, work: Effect.Effect<void>) => Effect.Effect<void>
}>()("effect-codex/AuthCommands/LoginDesk") {}

/** A desk whose work ends with the layer. */
export const layer: Layer.Layer<LoginDesk> = Layer.effect(
  LoginDesk,
  Effect.gen(function*() {
    const desk = yield* FiberHandle.make()
    const waiting = yield* FiberSet.make()
    const isBusy = Effect.sync(() => Option.isSome(FiberHandle.getUnsafe(desk)))
    return {
      begin: Effect.fnUntraced(function*(login) {
        if (yield* isBusy) return false
        yield* FiberHandle.run(desk, login)
        return true
      }),
      cancel: Effect.gen(function*() {
        if (!(yield* isBusy)) return false
        yield* FiberHandle.clear(desk)
        return true
      }),
      after: (wait, work) =>
        Effect.asVoid(FiberSet.run(waiting, Effect.ensuring(Effect.sleep(wait), work), { startImmediately: true }))
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

const failed = (error: CodexError): string => `⚠️ ${explain(error)}`

// How often the time that is left is brought up to date.
const news = Duration.seconds(30)

/** Signs in by device code; the message with the code becomes the message with the outcome. */
export const login = Effect.fn("AuthCommands.login")(function*({ origin, settings }: Call) {
  if (!origin.isPrivate) return "⚠️ Sign in from a private chat with the bot: the code is for you only."
  const api = yield* TelegramApi
  const desk = yield* LoginDesk
  const deviceLogin = yield* DeviceLogin.DeviceLogin
  const screen = Screen.make(api, origin.destination)
  const show = (content: Content) => Effect.ignore(screen.preview([content]), { log: "Debug" })
  const end = (text: string) =>
    Effect.catch(
      screen.finish([{ text }]),
      (error: TelegramFailed) => Effect.logError(`A message could not be delivered. ${error.message}`)
    )

  let issued: DeviceLogin.CodeIssued | undefined
  let shownAt = Duration.zero
  const follow = (step: DeviceLogin.CodeIssued | DeviceLogin.Waiting | DeviceLogin.SignedIn) =>
    Effect.suspend(() => {
      switch (step._tag) {
        case "CodeIssued":
          issued = step
          return show(codeMessage(step, step.expiresIn, settings.commandPrefix))
        case "Waiting":
          if (issued === undefined || Duration.isLessThan(Duration.subtract(step.elapsed, shownAt), news)) {
            return Effect.void
          }
          shownAt = step.elapsed
          return show(
            codeMessage(issued, Duration.subtract(issued.expiresIn, step.elapsed), settings.commandPrefix)
          )
        case "SignedIn":
          return end(signedInText(step))
      }
    })

  const begun = yield* desk.begin(
    Stream.runForEach(deviceLogin.signIn(), follow).pipe(
      Effect.catch((error) => end(failed(error))),
      Effect.onInterrupt(() => Effect.ignore(Effect.timeout(end("The login was cancelled."), "3 seconds")))
    )
  )
  return begun ? undefined : `A login is going on already. End it with /${settings.commandPrefix} login cancel.`
})

/** Ends the login that is going on. */
export const cancelLogin = Effect.fn("AuthCommands.cancelLogin")(function*(_: Call) {
  const desk = yield* LoginDesk
  // The message with the code says how it ended.
  return (yield* desk.cancel) ? undefined : "No login is going on."
})

/** Ends the session at the issuer and removes the tokens. */
export const logout = Effect.fn("AuthCommands.logout")(function*(_: Call) {
  const auth = yield* CodexAuth
  const { location } = yield* auth.status
  return (yield* auth.signOut)
    ? `Logged out. The tokens at ${location} are removed.`
    : `There are no tokens at ${location}: already logged out.`
})

// ---------------------------------------------------------------------------------------------------------
// Out and in
// ---------------------------------------------------------------------------------------------------------

/** Sends auth.json as a protected file, which deletes itself after a while. */
export const exportLogin = Effect.fn("AuthCommands.exportLogin")(function*({ origin, settings }: Call) {
  if (!origin.isPrivate) return "⚠️ auth.json is only sent in a private chat with the bot."
  const auth = yield* CodexAuth
  const api = yield* TelegramApi
  const text = yield* auth.exported
  const sent = yield* api.sendDocument(origin.destination, {
    name: "auth.json",
    content: new TextEncoder().encode(Redacted.value(text)),
    caption: `⚠️ These are live tokens. Store the file safely. This message deletes itself after ${
      Duration.format(settings.exportLifetime)
    }.`,
    protect: true
  })
  if (Option.isNone(sent)) return "⚠️ This message cannot delete itself here: delete it when you have the file."
  const desk = yield* LoginDesk
  yield* desk.after(
    settings.exportLifetime,
    Effect.ignore(Effect.timeout(api.deleteMessage(origin.destination, sent.value), "3 seconds"))
  )
  return undefined
})

/** Takes over an auth.json, and deletes the message that carried it, whatever came of it. */
export const importLogin = Effect.fn("AuthCommands.importLogin")(function*(origin: Origin, source: Source) {
  const auth = yield* CodexAuth
  const api = yield* TelegramApi
  const taken = Effect.gen(function*() {
    if (!origin.isPrivate) return "⚠️ That message held tokens. Send an auth.json in a private chat with the bot only."
    const text = source._tag === "Text" ? source.text : yield* api.download(origin.destination, source.fileId)
    return signedInText(yield* auth.imported(text))
  })
  return yield* taken.pipe(
    Effect.ensuring(Effect.ignore(api.deleteMessage(origin.destination, origin.messageId), { log: "Warn" }))
  )
})
