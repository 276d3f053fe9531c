/**
 * `effect-codex playground`: a bot at the terminal.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CommandFailed } from "./internal/outcome.ts"

/** Plays. */
export const playgroundCommand = Command.make(
  "playground",
  {
    bot: Flag.String("bot").pipe(
      Flag.withMetavar("file"),
      Flag.withDescription(
        "A bot of your own: it is started with TELEGRAM_API_ROOT, TELEGRAM_BOT_TOKEN and CODEX_BASE_URL of this machine"
      ),
      Flag.optional
    )
  },
  Effect.fnUntraced(function*({ bot }) {
    // Only this command needs both emulators.
    const { playground } = yield* Effect.promise(() => import("./playground.ts"))
    yield* playground({ bot: Option.getOrUndefined(bot) }).pipe(
      Effect.catchTag(
        "PlaygroundFailed",
        ({ exitCode, message }) => Effect.fail(new CommandFailed({ message, exitCode }))
      )
    )
  })
).pipe(
  Command.withDescription(
    "Chat with a bot in the terminal: it polls an emulated Telegram and asks an emulated ChatGPT. It needs no account and " +
      "no token, and nothing leaves this machine. Where nobody is at the terminal, a script plays and checks each answer."
  ),
  Command.withShortDescription("Chat with a bot in the terminal; needs no account and no token"),
  Command.withExamples([
    { command: "effect-codex playground", description: "The bot of this package" },
    { command: "effect-codex playground --bot ./bot.ts", description: "Your own" }
  ])
)
