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
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { Kind } from "../../incoming/Kinds.ts"
import type { CodexOptions, CodexPluginOptions, RunOptions } from "../Options.ts"

/** An option is not what it has to be: nobody is answered. */
export class OptionInvalid extends Schema.TaggedError<OptionInvalid>("effect-codex/OptionInvalid")("OptionInvalid", {
  problem: Schema.String
}) {
  override get message(): string {
    return `codex(...) cannot begin: ${this.problem} Until then nobody is answered.`
  }
}

interface Kindly {
  /** What belongs there, as the end of a sentence. */
  readonly what: string
  readonly is: (value: unknown) => boolean
}

const numberFrom = (least: number, what: string): Kindly => ({
  what: `${what}, ${least} or more`,
  is: (value) => Predicate.isNumber(value) && value >= least
})
const count = numberFrom(0, "a number")
const atLeastOne = numberFrom(1, "a number")
const millis = numberFrom(0, "a number of milliseconds")
const flag: Kindly = { what: "true or false", is: Predicate.isBoolean }
const text: Kindly = { what: "a text", is: Predicate.isString }
const anything: Kindly = { what: "anything", is: () => true }
const callable: Kindly = { what: "a function", is: Predicate.isFunction }
const oneOf = (...words: ReadonlyArray<string>): Kindly => ({
  what: words.map((word) => `"${word}"`).join(" or "),
  is: (value) => Predicate.isString(value) && words.includes(value)
})
const either = (one: Kindly, other: Kindly): Kindly => ({
  what: `${one.what}, or ${other.what}`,
  is: (value) => one.is(value) || other.is(value)
})
const object = (what: string, ...functions: ReadonlyArray<string>): Kindly => ({
  what,
  is: (value) => Predicate.isObject(value) && functions.every((name) => Predicate.isFunction(Reflect.get(value, name)))
})
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
  joinWindowMs: { what: `${millis.what}, and no infinity`, is: (value) => millis.is(value) && value !== Infinity },
  whenBusy: oneOf("queue", "reject"),
  maxWaiting: count,
  waitingNoticeMs: either(millis, oneOf("off")),
  rateLimit: {
    what: "an object with the numbers prompts and perMs",
    is: (value) => Predicate.isObject(value) && count.is(value["prompts"]) && millis.is(value["perMs"])
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

const known: Readonly<Record<string, Kindly>> = { ...runs, ...core, ...access, ...manners, ...houses }

const has = (options: object, name: string): boolean => Predicate.hasProperty(options, name)

/** What is wrong with an option, as a sentence that says what to do. */
const problemOf = (options: object, name: string, value: unknown): string | undefined => {
  const kind = Object.hasOwn(known, name) ? known[name] : undefined
  if (kind === undefined) return `it has no option ${name}. Correct its name, or leave it out.`
  const isHouse = has(options, "layer") || has(options, "runtime")
  if (isHouse && Object.hasOwn(core, name)) return `${name} has no effect beside a layer. Give it to codexLive.`
  if (isHouse && Object.hasOwn(manners, name) && !Object.keys(access).some((who) => has(options, who))) {
    return `${name} has no effect here. Give it to TelegramDoor.layer, or say allowedUserIds here too.`
  }
  return kind.is(value) ? undefined : `${name} has to be ${kind.what}.`
}

/** What is wrong with the first option that is wrong. */
const problemIn = (options: unknown): string | undefined => {
  if (!Predicate.isObject(options)) return "its options have to be an object."
  if (!["provider", "layer", "runtime"].some((name) => has(options, name))) {
    return "it needs a provider, as codexProvider() makes one, or the layer or runtime of an Effect application."
  }
  for (const [name, value] of Object.entries(options)) {
    const problem = problemOf(options, name, value)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Leaves out what is not there: callers without types write null for what they do not have. */
function given<O>(options: O): O
function given(options: unknown): unknown {
  return Predicate.isObject(options) ? Record.filter(options, Predicate.isNotNullish) : options
}

/** The options, or in place of wrong ones a house that cannot be built and says why. */
export const of = <E>(options: CodexOptions<E>): CodexOptions<E | OptionInvalid> => {
  const found = given(options)
  const problem = problemIn(found)
  return problem === undefined ? found : { layer: Layer.effectContext(Effect.fail(new OptionInvalid({ problem }))) }
}
