/**
 * The whole way on loopback: a real Telegraf bot with the middleware, between both emulators, over an auth.json on disk.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { Telegraf } from "telegraf"
import type { CodexAuth } from "../../src/auth/CodexAuth.ts"
import type { DeviceLogin } from "../../src/auth/DeviceLogin.ts"
import { codexLive } from "../../src/CodexLive.ts"
import type { Audit } from "../../src/conversation/Audit.ts"
import type { Codex } from "../../src/conversation/Codex.ts"
import * as Telegram from "../../src/telegram/index.ts"
import * as CodexEmulator from "../../src/testing/codex/CodexEmulator.ts"
import * as TelegramEmulator from "../../src/testing/telegram/TelegramEmulator.ts"

export interface Setup {
  /** How the account is signed in; `undefined` writes no auth.json. Default: a good login. */
  readonly authJson?: ((server: CodexEmulator.Service) => Effect.Effect<string>) | undefined
  readonly emulator?: CodexEmulator.Options
  readonly provider?: Telegram.CodexProviderOptions
  readonly plugin?: Partial<Telegram.CodexPluginOptions>
  /** Loggers and tracers. With them the bot is given a layer in place of a provider. */
  readonly layers?: Layer.Layer<never>
  readonly audit?: Layer.Layer<Audit>
  /** What the bot stands on in place of `codexLive`, over the same login. */
  readonly house?: (
    settings: { readonly authJsonPath: string; readonly baseUrl: string; readonly issuer: string }
  ) => Layer.Layer<Codex | CodexAuth | DeviceLogin>
}

/** Starts everything for the scope of a test, with one person, Ada (7), who talks to the bot in private. */
export const start = Effect.fnUntraced(function*(setup: Setup) {
  const fs = yield* FileSystem.FileSystem
  const server = yield* CodexEmulator.make(setup.emulator)
  const telegram = yield* TelegramEmulator.make()
  const folder = yield* fs.makeTempDirectoryScoped()
  const authJsonPath = `${folder}/auth.json`
  const authJson = "authJson" in setup ? setup.authJson : (server: CodexEmulator.Service) => server.signIn()
  if (authJson !== undefined) yield* fs.writeFileString(authJsonPath, yield* authJson(server))

  const settings = {
    authJsonPath,
    baseUrl: server.baseUrl,
    issuer: server.issuer,
    maxRetries: 0,
    ...setup.provider
  }
  const door = { botUsername: telegram.bot.username, ...setup.plugin }
  const middleware = setup.layers === undefined && setup.house === undefined
    ? Telegram.codex({ provider: Telegram.codexProvider(settings), ...door })
    : Telegram.codex({
      botUsername: door.botUsername,
      commandPrefix: door.commandPrefix,
      authAdminUserIds: door.authAdminUserIds,
      paced: door.paced,
      allowedUserIds: door.allowedUserIds ?? "everybody",
      layer: (setup.house ?? ((login) => codexLive({ ...login, audit: setup.audit })))(
        { authJsonPath, baseUrl: server.baseUrl, issuer: server.issuer }
      ).pipe(Layer.provideMerge(setup.layers ?? Layer.empty))
    })
  const bot = new Telegraf(telegram.token, {
    telegram: { apiRoot: telegram.apiRoot },
    handlerTimeout: Number.POSITIVE_INFINITY
  })
  bot.use(middleware)
  yield* Effect.acquireRelease(
    Effect.forkDetach(Effect.exit(Effect.tryPromise(() => bot.launch()))),
    (running) =>
      Effect.sync(() => bot.stop()).pipe(
        Effect.andThen(Fiber.join(running)),
        Effect.andThen(Effect.promise(() => middleware.dispose()))
      )
  )
  yield* telegram.polled
  const ada = yield* telegram.user({ id: 7, firstName: "Ada" })
  return { server, telegram, authJsonPath, middleware, bot, ada, fs }
}, Effect.provide(NodeFileSystem.layer))
