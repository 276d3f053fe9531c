/**
 * The login in its file, for those without Effect: written, and told about without its tokens.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthJson from "../../../auth/AuthJson.ts"
import { CodexAuth } from "../../../auth/CodexAuth.ts"
import * as CodexRooms from "../../../CodexRooms.ts"

const layerOf = (authJsonPath: string | undefined) => CodexRooms.layerLogin({ authJsonPath })

/** Takes a login over into its file, and gives the path. */
export const save = Effect.fnUntraced(function*(text: string, authJsonPath: string | undefined) {
  return yield* Effect.gen(function*() {
    const auth = yield* CodexAuth
    const { location, unsaved } = yield* auth.imported(Redacted.make(text))
    return unsaved === undefined ? location : yield* unsaved
  }).pipe(
    // The door is the entry point.
    // @effect-diagnostics-next-line strictEffectProvide:off
    Effect.provide(layerOf(authJsonPath))
  )
})

const told = Effect.gen(function*() {
  const auth = yield* CodexAuth
  const fs = yield* FileSystem.FileSystem
  const { expiresAt, location, plan } = yield* auth.status
  const info = yield* Effect.option(fs.stat(location))
  if (Option.isNone(info) || info.value.type !== "File") return { exists: false }
  const file = {
    exists: true,
    sizeBytes: Number(info.value.size),
    ...Option.match(info.value.mtime, { onNone: () => ({}), onSome: (at) => ({ updatedAt: at.toISOString() }) })
  }
  const text = yield* Effect.option(fs.readFileString(location))
  const json = Option.flatMap(text, (text) => Result.getSuccess(AuthJson.parse(Redacted.make(text))))
  const now = yield* Clock.currentTimeMillis
  return {
    ...file,
    ...Option.match(json, {
      onNone: () => ({}),
      onSome: ({ mode, tokens }) => ({ authMode: mode, hasRefreshToken: tokens.refreshToken !== undefined })
    }),
    ...(expiresAt !== undefined && {
      expiresAt: DateTime.formatIso(expiresAt),
      expired: DateTime.toEpochMillis(expiresAt) <= now
    }),
    ...(plan !== undefined && { planType: plan })
  }
})

/** What the file is good for. */
export const summary = (authJsonPath: string | undefined) =>
  // @effect-diagnostics-next-line strictEffectProvide:off
  Effect.provide(told, Layer.merge(layerOf(authJsonPath), NodeFileSystem.layer))
