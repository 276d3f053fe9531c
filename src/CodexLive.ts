/**
 * All live layers composed. Nothing is decided here: which rooms there are, and what each stands on.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as AuthStore from "./auth/AuthStore.ts"
import * as CodexAuth from "./auth/CodexAuth.ts"
import * as DeviceLogin from "./auth/DeviceLogin.ts"
import * as OAuth from "./auth/OAuth.ts"
import * as TokenRefresh from "./auth/TokenRefresh.ts"
import * as CodexBackend from "./backend/CodexBackend.ts"
import * as CodexConfig from "./CodexConfig.ts"
import * as Audit from "./conversation/Audit.ts"
import * as Codex from "./conversation/Codex.ts"
import * as Memory from "./conversation/Memory.ts"
import * as Settings from "./conversation/Settings.ts"
import * as UsageMeter from "./conversation/UsageMeter.ts"

/** The login and how to sign in, over an auth.json on disk or wherever `CodexConfig` says. */
export const layerAuth = Layer.unwrap(Effect.map(CodexConfig.CodexConfig, (settings) =>
  DeviceLogin.layer.pipe(
    Layer.provideMerge(CodexAuth.layer(settings)),
    Layer.provide(settings.autoRefresh ? Layer.fresh(TokenRefresh.layer) : TokenRefresh.layerNone),
    Layer.provide(Layer.mergeAll(AuthStore.layer(settings), OAuth.layer(settings))),
    Layer.provide(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, FetchHttpClient.layer))
  )))

/** The backend with its login. */
export const layerBackend = CodexBackend.layer.pipe(
  Layer.provideMerge(layerAuth),
  Layer.provide(FetchHttpClient.layer)
)

/** The conversation over any backend, memory and audit. */
export const layerConversation = Codex.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(Settings.layer, UsageMeter.layerMemory))
)

/** What a finished stack offers. */
export type Services =
  | Codex.Codex
  | CodexBackend.CodexBackend
  | CodexAuth.CodexAuth
  | DeviceLogin.DeviceLogin
  | Memory.Memory
  | Settings.Settings
  | UsageMeter.UsageMeter
  | Audit.Audit

/** Settings in code, and the two rooms that applications most often furnish themselves. */
export interface Options extends CodexConfig.Options {
  /** Default: `Memory.layerMemory`. */
  readonly memory?: Layer.Layer<Memory.Memory> | undefined
  /** Default: `Audit.layerNone`. */
  readonly audit?: Layer.Layer<Audit.Audit> | undefined
}

const compose = (options: Pick<Options, "memory" | "audit">) =>
  layerConversation.pipe(
    Layer.provideMerge(Layer.mergeAll(
      layerBackend,
      options.memory ?? Memory.layerMemory,
      options.audit ?? Audit.layerNone
    ))
  )

/**
 * Everything, with settings from code.
 *
 * The environment is only asked for the home folder, and only when no setting says where the credentials are.
 */
export const codexLive = (options: Options = {}): Layer.Layer<Services> =>
  compose(options).pipe(Layer.provide(CodexConfig.layer(options)))

/** Everything, with settings from the environment; a malformed variable fails with a `ConfigError` that names it. */
export const CodexLive: Layer.Layer<Services, Config.ConfigError> = compose({}).pipe(
  Layer.provide(CodexConfig.layerConfig)
)
