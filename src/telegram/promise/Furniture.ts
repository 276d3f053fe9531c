/**
 * The services of the middleware, however it is furnished: by a provider and what is wrapped around it, or by the layer or
 * runtime of an Effect application.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { CodexAuth } from "../../auth/CodexAuth.ts"
import type { DeviceLogin } from "../../auth/DeviceLogin.ts"
import * as CodexRooms from "../../CodexRooms.ts"
import * as Transcriber from "../media/Transcriber.ts"
import * as TelegramDoor from "../TelegramDoor.ts"
import * as Options from "./Options.ts"
import * as Promises from "./Promises.ts"

/** Nobody said who may use the bot: it answers nobody. */
export class NoDoor extends Schema.TaggedError<NoDoor>("effect-codex/NoDoor")("NoDoor", {}) {
  override get message(): string {
    return "codex(...) does not know who may use the bot: give it allowedUserIds beside the layer, or merge " +
      "TelegramDoor.layer({ allowedUserIds }) into it. Until then nobody is answered."
  }
}

/** The door of a layer. Callers without types may have forgotten it. */
const found = Layer.effect(
  TelegramDoor.TelegramDoor,
  Effect.flatMap(
    Effect.serviceOption(TelegramDoor.TelegramDoor),
    (door) => door._tag === "Some" ? Effect.succeed(door.value) : Effect.fail(new NoDoor({}))
  )
)

/** The login of a file: the provider's own, with its issuer and what it has in memory, when it is of that file. */
const layerLogin = (authJsonPath: string) =>
  Layer.effectContext(Effect.gen(function*() {
    const own = yield* Effect.context<CodexAuth | DeviceLogin>()
    // Fresh, or the login of the default file, when the provider has built it, would be taken for this one.
    const other = yield* Layer.build(
      CodexRooms.layerLogin({ authJsonPath })
    )
    const locationOf = (services: Context.Context<CodexAuth>) =>
      Effect.map(Context.get(services, CodexAuth).status, ({ location }) => location)
    return (yield* locationOf(own)) === (yield* locationOf(other)) ? own : other
  }))

const conversationOf = (options: Options.CodexPluginOptions): Layer.Layer<Options.Services> => {
  const conversation = CodexRooms.layerConversation({
    memory: options.memoryStore === undefined ? undefined : Promises.layerMemoryStore(options.memoryStore),
    audit: options.onAudit === undefined ? undefined : Promises.layerOnAudit(options.onAudit),
    systemPrompt: options.systemPrompt,
    maxPromptLength: options.maxPromptLength,
    maxHistory: options.maxHistory,
    maxHistoryTokens: options.maxHistoryTokens,
    turnTimeout: options.timeoutMs,
    maxTurn: options.maxTurnMs,
    toolkit: options.toolkit,
    maxRounds: options.maxRounds,
    webSearch: options.webSearch,
    imageGeneration: options.imageGeneration
  }).pipe(Layer.provideMerge(Promises.layerProvider(options.provider)))
  return options.authJsonPath === undefined
    ? conversation
    : Layer.provideMerge(layerLogin(options.authJsonPath), conversation)
}

/** What the options themselves listen with; nothing takes the place of a transcriber that is in the layer. */
const layerListening = ({ transcribe }: Options.DoorOptions): Layer.Layer<never> =>
  transcribe === undefined ? Layer.empty : Transcriber.layer(transcribe)

const houseOf = <A, E>(house: Options.House<A, E>): Layer.Layer<A, E> =>
  house.layer === undefined ? Layer.effectContext(house.runtime.contextEffect) : house.layer

/**
 * The services of the middleware, however it is furnished, and their door.
 *
 * `furnished` is told what an application brings, its loggers included, before anything of ours can fail.
 */
export const layerOf = <E>(
  options: Options.CodexOptions<E>,
  furnished: (application: Context.Context<never>) => void = () => undefined
): Layer.Layer<Options.Services | TelegramDoor.TelegramDoor, E | NoDoor> => {
  const tell = (application: Context.Context<never>) => Effect.sync(() => furnished(application))
  if (Options.isWithProvider(options)) {
    return Layer.mergeAll(
      conversationOf(options),
      TelegramDoor.layer({ ...Options.withDurations(options), ...Options.accessOf(options) }),
      layerListening(options)
    )
  }
  return Options.isBeside(options)
    ? Layer.provideMerge(
      Layer.merge(TelegramDoor.layer(Options.withDurations(options)), layerListening(options)),
      Layer.tap(houseOf<Options.Services, E>(options), tell)
    )
    : Layer.provideMerge(found, Layer.tap(houseOf<Options.Services | TelegramDoor.TelegramDoor, E>(options), tell))
}
