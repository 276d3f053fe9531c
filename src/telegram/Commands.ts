/**
 * The table of commands. Help and the command menu are printed from it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CodexAuth } from "../auth/CodexAuth.ts"
import type { DeviceLogin } from "../auth/DeviceLogin.ts"
import { Codex } from "../conversation/Codex.ts"
import { ConversationKey } from "../conversation/Message.ts"
import * as Access from "./Access.ts"
import * as AuthCommands from "./AuthCommands.ts"
import type { Origin } from "./incoming/Origin.ts"
import * as CommandNames from "./internal/commandNames.ts"
import * as StatusText from "./internal/statusText.ts"
import * as LiveReply from "./reply/LiveReply.ts"
import type { TelegramApi } from "./TelegramApi.ts"
import type { Service as Door } from "./TelegramDoor.ts"
import type { DoorError } from "./TelegramError.ts"
import { type Lane, Turns, type TurnsUnavailable } from "./Turns.ts"

export { menu, type MenuEntry } from "./internal/commandMenu.ts"

/** What a command is called with. */
export interface Call extends AuthCommands.Call {
  /** The conversation it was given in. */
  readonly lane: Lane
  /** The update that it came with. */
  readonly update: number
}

/** What commands stand on. */
export type Needs = Codex | Turns | CodexAuth | DeviceLogin | AuthCommands.LoginTasks | TelegramApi

/** One command. */
export interface Command {
  /** Its words behind the prefix. */
  readonly name: CommandNames.CommandName
  readonly summary: string
  readonly access: "everybody" | "auth admins"
  /** Does it and says what to tell, if anything. */
  readonly run: (call: Call) => Effect.Effect<string | undefined, DoorError | TurnsUnavailable, Needs>
}

/** What is told to those who stop what is not running. */
export const nothingToStop = ({ destination, isPrivate }: Origin, { topics }: Pick<Door, "topics">): string =>
  isPrivate || (destination.threadId !== undefined && topics === "shared")
    ? "Nothing is being answered here."
    // Others may well see an answer grow.
    : "Nothing of yours is being answered here."

/** What is told of prompts that were waiting when somebody stopped. */
export const dropped = (count: number): string =>
  count === 1 ? "One waiting prompt is dropped." : `${count} waiting prompts are dropped.`

const slash = (door: Door): string => `/${door.commandPrefix}`

const status = Effect.fn("Commands.status")(function*({ door, origin }: Call) {
  const codex = yield* Codex
  const personality = origin.userId === undefined ? Option.none() : yield* codex.personality(origin.userId)
  return StatusText.make(yield* codex.status, {
    userId: origin.userId,
    personality,
    mayKnowPaths: Access.mayKnowPaths(origin, door)
  })
})

const models = Effect.fn("Commands.models")(function*(_: Call) {
  const codex = yield* Codex
  const { models, source } = yield* codex.models
  if (models.length === 0) return "No models available."
  const lines = models.map(({ displayName, id }) => displayName === undefined ? `• ${id}` : `• ${id} (${displayName})`)
  return [
    source === "live" ? "Models of this account:" : "Models we know of (ChatGPT could not be asked):",
    ...lines
  ].join("\n")
})

const stop = Effect.fn("Commands.stop")(function*({ door, lane, origin, update }: Call) {
  const stopped = yield* Turns.use((turns) => turns.stop(lane, update))
  // The answer that was stopped says so itself.
  return stopped.dropped > 0 ? dropped(stopped.dropped) : stopped.running ? undefined : nothingToStop(origin, door)
})

const waitingFor = (count: number): string =>
  count === 1
    ? "An answer is waiting for Telegram. It is tried again now."
    : `${count} answers are waiting for Telegram. They are tried again now.`

const last = Effect.fn("Commands.last")(function*({ lane, origin }: Call) {
  const { hurry } = yield* Turns
  const waiting = hurry === undefined ? 0 : yield* hurry(lane)
  if (waiting > 0) return waitingFor(waiting)
  return (yield* LiveReply.again(origin.destination, ConversationKey(lane.conversation)))
    ? undefined
    : "No answer is waiting for you: all of them have arrived."
})

const reset = Effect.fn("Commands.reset")(function*({ lane, update }: Call) {
  const stopped = yield* Turns.use((turns) => turns.reset(lane, update))
  return stopped.dropped > 0
    ? `The conversation is forgotten. ${dropped(stopped.dropped)}`
    : "The conversation is forgotten."
})

const forget = Effect.fn("Commands.forget")(function*({ lane, origin, update }: Call) {
  const turns = yield* Turns
  const { dropped: waiting } = yield* turns.reset(lane, update)
  const { userId } = origin
  const everywhere = userId !== undefined && (yield* Codex.use((codex) => codex.forget(userId)))
  return [
    userId === undefined
      ? "Forgotten: this conversation."
      : everywhere
      ? "Forgotten: what you said here and in all other chats, your personality, and the count of what you used."
      : "Forgotten: this conversation, your personality, and the count of what you used.",
    ...(waiting > 0 ? [dropped(waiting)] : []),
    `What stays is the owner's record of when something was asked and how it ended, without a word of it${
      everywhere ? "." : "; what you said in other chats, forget there."
    }`,
    ...turns.keeps === undefined
      ? []
      : [
        `What was asked of late also lies where the bot takes it in, and is deleted there within ${
          Duration.toHours(turns.keeps)
        } hours.`
      ]
  ].join("\n")
})

const personality = Effect.fn("Commands.personality")(function*({ arguments: text, origin, door }: Call) {
  const codex = yield* Codex
  if (origin.userId === undefined) return "A personality belongs to a user, and this message has none."
  if (text === "") {
    return Option.match(yield* codex.personality(origin.userId), {
      onNone: () => `You have set no personality.\nSet one with ${slash(door)} personality <text>.`,
      onSome: (own) => `Your personality:\n${own}\n\nGo back with ${slash(door)} personality reset.`
    })
  }
  if (text.toLowerCase() === "reset") {
    yield* codex.clearPersonality(origin.userId)
    return "Your personality is back to the default."
  }
  yield* codex.setPersonality(origin.userId, text)
  return "Your personality is set. It applies to all your messages from now on."
})

/** All commands but `help`, which is printed from this table. */
export const table: ReadonlyArray<Command> = [
  {
    name: "status",
    summary: "Show connection, model, token expiry, quota, usage and personality",
    access: "everybody",
    run: status
  },
  {
    name: "models",
    summary: "List the models of the account",
    access: "everybody",
    run: models
  },
  {
    name: "stop",
    summary: "Stop the answer that is being written",
    access: "everybody",
    run: stop
  },
  {
    name: "last",
    summary: "Show the last answer again that Telegram lost",
    access: "everybody",
    run: last
  },
  {
    name: "reset",
    summary: "Forget this conversation",
    access: "everybody",
    run: reset
  },
  {
    name: "forget",
    summary: "Forget this conversation, and what is kept about you",
    access: "everybody",
    run: forget
  },
  {
    name: "ask",
    summary: "Ask something",
    access: "everybody",
    // With a text it never gets here: it is a prompt then.
    run: ({ door }) => Effect.succeed(`Usage: ${slash(door)} ask <text>`)
  },
  {
    name: "personality",
    summary: "Set, show or reset your own instructions",
    access: "everybody",
    run: personality
  },
  {
    name: "login cancel",
    summary: "End a login that is going on",
    access: "auth admins",
    run: AuthCommands.cancelLogin
  },
  {
    name: "login",
    summary: "Sign in to ChatGPT with a code, in a private chat",
    access: "auth admins",
    run: AuthCommands.login
  },
  {
    name: "auth export",
    summary: "Send auth.json as a protected file, in a private chat",
    access: "auth admins",
    run: AuthCommands.exportLogin
  },
  {
    name: "auth import",
    summary: "Take over an auth.json: send it as a file or as text, in a private chat",
    access: "auth admins",
    // With an auth.json it never gets here: that is an import then.
    run: AuthCommands.askForLogin
  },
  {
    name: "logout",
    summary: "End the session and remove the saved tokens",
    access: "auth admins",
    run: AuthCommands.logout
  }
]

/** What is told to those who begin. */
export const greeting = (door: Door): string =>
  [
    "Hello! I answer with ChatGPT.",
    door.autoReply
      ? "Just write what you want to know; in groups, mention me or reply to me."
      : `Ask with ${slash(door)} ask <text>.`,
    `${slash(door)} help shows what else I can do.`
  ].join("\n")

/** What is told of a message without a word in it. */
export const empty = "⚠️ There is nothing to answer in that message: write what you want to know."

/** What is told to those who wrote nearly a command. */
export const didYouMean = (door: Door, near: CommandNames.CommandName, word: string): string =>
  `Did you mean ${slash(door)} ${near}?\nTo ask it as a question: ${slash(door)} ask ${word}`

/** The text of `help`. */
export const help = (door: Door): string =>
  [
    ...table.map(({ access, name, summary }) =>
      `${slash(door)} ${[name, CommandNames.parametersOf(name)].filter((part) => part !== "").join(" ")}: ${summary}${
        access === "everybody" ? "" : " (auth admins)"
      }`
    ),
    `${slash(door)} help: Show this help`,
    `${slash(door)} <question>: Ask it`,
    "",
    door.autoReply
      ? "Or just write; in groups, mention the bot."
      : `Everything else is left alone: ask with ${slash(door)} ask <text>.`
  ].join("\n")

/** A command of the table and what it is called with; none for `help`. */
export const find = (name: string, rest: string): Option.Option<readonly [Command, string]> =>
  Option.map(
    Option.fromUndefinedOr(table.find((command) => command.name === name)),
    (command) => [command, rest] as const
  )

/** What is told of a command that somebody else has written: it was forwarded, or came by way of another bot. */
export const notTyped = "⚠️ Type this command yourself: what is forwarded, or comes from another bot, is not obeyed."

/** Runs a command for those who may; those of auth admins are typed by them. */
export const run = Effect.fn("Commands.run")(function*(command: Command, call: Call) {
  if (command.access === "auth admins") {
    yield* Effect.fromResult(Access.checkAdmin(call.origin, call.door))
    if (call.origin.isSecondHand === true) return notTyped
  }
  return yield* command.run(call)
})
