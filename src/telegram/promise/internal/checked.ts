/**
 * The options of callers without types, looked at before anything is made of them: what the compiler tells others.
 *
 * A name that is not known would be passed over, and a mistyped `allowedUserIds` lets everybody in. Lists of who may are
 * not looked at here: what is no list lets nobody in.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import {
  anything,
  atLeastOne,
  callable,
  count,
  either,
  finiteMillis,
  firstProblem,
  flag,
  given,
  type Kindly,
  type Kinds,
  millis,
  object,
  oneOf,
  OptionInvalid,
  problemOf,
  text,
  unanswered
} from "../../../internal/kinds.ts"
import { Kind } from "../../incoming/Kinds.ts"
import type { CodexOptions, CodexPluginOptions, RunOptions } from "../Options.ts"

const isTranscriber = (value: unknown): boolean =>
  Predicate.isObject(value) && (Predicate.hasProperty(value, "command") || Predicate.hasProperty(value, "url"))

const runs: { readonly [K in keyof Required<RunOptions>]: Kindly } = { background: flag, drainMs: millis }

/** Of the conversation: with a layer they are said to `codexLive`. */
const core = {
  provider: {
    what: "codexProvider(), or an object with a name and a function ask",
    is: (value: unknown) =>
      Predicate.isObject(value) && Predicate.isString(value["name"]) && Predicate.isFunction(value["ask"])
  },
  authJsonPath: text,
  systemPrompt: text,
  maxPromptLength: atLeastOne,
  maxHistory: count,
  maxHistoryTokens: count,
  timeoutMs: millis,
  maxTurnMs: millis,
  toolkit: { what: "a Toolkit of effect/ai with its handlers", is: Effect.isEffect },
  maxRounds: count,
  webSearch: either(either(flag, oneOf("cached")), object("an object")),
  imageGeneration: flag,
  memoryStore: object("an object with the functions append, list and clear", "append", "list", "clear"),
  onAudit: callable
}

/** Who may: what is no list lets nobody in, and says so to whoever asks. */
const access = { allowedUserIds: anything, allowedChatIds: anything }

type DoorOption = Exclude<keyof CodexPluginOptions, keyof typeof core | keyof RunOptions | keyof typeof access>

const manners: { readonly [K in DoorOption]: Kindly } = {
  maxResponseLength: atLeastOne,
  longAnswers: oneOf("split", "truncate"),
  documentAfter: count,
  streaming: oneOf("edit", "draft", "progress", "off"),
  firstTextLength: count,
  firstTextDelayMs: millis,
  editIntervalMs: millis,
  groupEditIntervalMs: millis,
  reasoning: oneOf("hide", "show"),
  footer: flag,
  paced: flag,
  authAdminUserIds: anything,
  exportLifetimeMs: millis,
  commandPrefix: text,
  autoReply: flag,
  groupMentionOnly: flag,
  botUsername: { what: "a text, or false", is: (value) => value === false || Predicate.isString(value) },
  takes: {
    what: `a list of ${Kind.literals.map((kind) => `"${kind}"`).join(", ")}`,
    is: Schema.is(Schema.Array(Kind))
  },
  groupContext: count,
  guests: flag,
  greet: flag,
  allowedSenderChatIds: anything,
  allowedBotIds: anything,
  topics: oneOf("shared", "perUser"),
  joinWindowMs: finiteMillis,
  whenBusy: oneOf("queue", "reject"),
  maxWaiting: count,
  waitingNoticeMs: either(millis, oneOf("off")),
  rateLimit: {
    what: "an object with the numbers prompts and perMs, and no infinity",
    is: (value) => Predicate.isObject(value) && count.is(value["prompts"]) && finiteMillis.is(value["perMs"])
  },
  maxTurns: atLeastOne,
  maxFileLength: count,
  maxPdfPages: count,
  maxPictureSize: count,
  transcribe: { what: "an object with a command or a url", is: isTranscriber }
}

const houses = {
  layer: { what: "a Layer of effect", is: Layer.isLayer },
  runtime: { what: "a ManagedRuntime of effect", is: ManagedRuntime.isManagedRuntime }
}

const known: Kinds = { ...runs, ...core, ...access, ...manners, ...houses }

const has = (options: object, name: string): boolean => Predicate.hasProperty(options, name)

/** What is wrong with an option: also where it would have no effect. */
const problemAt = (options: object, name: string, value: unknown): string | undefined => {
  const isHouse = has(options, "layer") || has(options, "runtime")
  if (isHouse && Object.hasOwn(core, name)) return `${name} has no effect beside a layer. Give it to codexLive.`
  if (isHouse && Object.hasOwn(manners, name) && !Object.keys(access).some((who) => has(options, who))) {
    return `${name} has no effect here. Give it to TelegramDoor.layer, or say allowedUserIds here too.`
  }
  return problemOf(known, name, value)
}

/** What is wrong with the first option that is wrong. */
const problemIn = (options: unknown): string | undefined => {
  if (!Predicate.isObject(options)) return "its options have to be an object."
  if (!["provider", "layer", "runtime"].some((name) => has(options, name))) {
    return "it needs a provider, as codexProvider() makes one, or the layer or runtime of an Effect application."
  }
  return firstProblem(options, (name, value) => problemAt(options, name, value))
}

/** The options, or in place of wrong ones a house that cannot be built and says why. */
export const of = <E>(options: CodexOptions<E>): CodexOptions<E | OptionInvalid> => {
  const found = given(options)
  const problem = problemIn(found)
  return problem === undefined
    ? found
    : {
      layer: Layer.effectContext(Effect.fail(new OptionInvalid({ of: "codex", problem: `${problem} ${unanswered}` })))
    }
}
