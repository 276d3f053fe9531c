/**
 * Breaks of the code by name, each with the test files that must notice: a file for each part of the house.
 */
import * as Ai from "./mutants/ai.ts"
import * as Auth from "./mutants/auth.ts"
import * as Backend from "./mutants/backend.ts"
import * as Cli from "./mutants/cli.ts"
import * as Conversation from "./mutants/conversation.ts"
import * as Ground from "./mutants/ground.ts"
import * as Incoming from "./mutants/incoming.ts"
import * as Media from "./mutants/media.ts"
import type { Mutant } from "./mutants/mutant.ts"
import * as Promise from "./mutants/promise.ts"
import * as Reply from "./mutants/reply.ts"
import * as Richtext from "./mutants/richtext.ts"
import * as Telegram from "./mutants/telegram.ts"
import * as TelegramInside from "./mutants/telegramInside.ts"
import * as Testing from "./mutants/testing.ts"

/** All of them. */
export const all: ReadonlyArray<Mutant> = [
  ...Ai.all,
  ...Auth.all,
  ...Backend.all,
  ...Cli.all,
  ...Conversation.all,
  ...Ground.all,
  ...Incoming.all,
  ...Media.all,
  ...Promise.all,
  ...Reply.all,
  ...Richtext.all,
  ...Telegram.all,
  ...TelegramInside.all,
  ...Testing.all
]
