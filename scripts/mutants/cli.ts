/**
 * The command, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/cli/internal/keptLogin.ts", ["test/StoreUrl.test.ts"], {
    "kept: a login is made where nobody looks": ["!how.changes && ", ""]
  }),
  ...mutants("src/cli/internal/keeping.ts", ["test/StoreUrl.test.ts"], {
    "store: one that is full is not waited for": [
      "error.reason._tag === \"ConnectionError\" || isFull(error) ||",
      "error.reason._tag === \"ConnectionError\" ||"
    ],
    "store: an engine that dies of it is a bug": ["SqlError.isSqlError(defect) ?", "SqlError.isSqlError(store) ?"],
    "kept: a Postgres that starts is not waited for": [
      "reason._tag === \"ConnectionError\" ||",
      "reason._tag === \"DeadlockError\" ||"
    ]
  }),
  ...mutants("src/cli/internal/holding.ts", ["test/Holding.test.ts"], {
    "holding: a file is another one by another name": ["fs.realPath(path)", "Effect.succeed(path)"],
    "holding: a file is waited for as long as a login": ["    longest,\n", ""],
    "holding: who waits is in the way of the others": [
      "others.length > 0 ? Effect.asVoid(leave) : Effect.void",
      "Effect.void"
    ],
    "holding: it is said once that somebody is there": [
      "Effect.repeat(Effect.ignore(Effect.andThen(present, tell)), Schedule.spaced(beat))",
      "Effect.ignore(Effect.andThen(present, tell))"
    ],
    "holding: who was killed at an address is another one there": ["other.seen > mine.began", "other.seen > 0"],
    "holding: who was killed has it for ever": ["    Effect.andThen(forget),\n", ""],
    "holding: who was first is told of who comes later": [
      "< (mine.began, mine.instance)",
      "<> (mine.began, mine.instance)"
    ]
  }),
  ...mutants("src/cli/logout.ts", ["test/e2e/Cli.test.ts"], {
    "kept: a file that holds no login is removed": ["|| problem?._tag === \"AccessTokenMissing\"", ""]
  }),
  ...mutants("src/cli/internal/storeCheck.ts", ["test/Doctor.test.ts"], {
    "fresh 6: a database is made below a file": ["return isFolder && (yield*", "return (yield*"]
  }),
  ...mutants("src/cli/ask.ts", ["test/e2e/Cli.test.ts"], {
    "fresh 4: an answer without a word ends a line": [
      "written.endsWith(\"\\n\") || written === \"\" ? Effect.void",
      "written.endsWith(\"\\n\") ? Effect.void"
    ]
  }),
  ...mutants("src/cli/internal/liveText.ts", ["test/LiveText.test.ts"], {
    "fresh 4: a row that has left the screen is written again": [
      "Math.max(0, (yield* screen.rows) - 1)",
      "Math.max(0, yield* screen.rows)"
    ]
  }),
  ...mutants("src/cli/internal/loginChecks.ts", ["test/Doctor.test.ts"], {
    "fresh 5: a token that is over is only a warning": [
      "return DateTime.isGreaterThan(expiresAt, now)",
      "return DateTime.isLessThan(expiresAt, now)"
    ]
  }),
  ...mutants("src/cli/bot.ts", ["test/e2e/Bot.test.ts"], {
    "holding: nobody asks whose a store is": [
      "  yield* Effect.provideContext(Holding.hold(store, String(me.id)), house)\n",
      ""
    ],
    "bot: running answers are not waited for": [
      "Effect.asVoid(Effect.timeoutOption(Fiber.await(closing), Duration.sum(drain, farewell)))",
      "Effect.void"
    ],
    "bot: a second signal waits": [
      "          options.stop ?? StopSignal.next\n        ))",
      "          Effect.never\n        ))"
    ]
  }),
  ...mutants("src/cli/playground/view.ts", ["test/e2e/Playground.test.ts"], {
    "playground: an answer is printed anew below what was typed": [
      "const at = items.findIndex((item) => item.id === id)\n      const item = items[at]\n      if",
      "const at = items.findIndex((item) => item.id === id)\n      const item = at === items.length - 1 ? items[at] : undefined\n      if"
    ],
    "playground: a blank line leaves a prompt behind": ["          moveCursor(screen, 0, -height)\n", ""]
  }),
  ...mutants("src/cli/internal/telegramChecks.ts", ["test/Doctor.test.ts"], {
    "fresh: doctor prints the secret path of a webhook": [
      "URL.parse(url)?.host ?? \"another address\"",
      "url"
    ]
  }),
  ...mutants("src/cli/internal/loginChecks.ts", ["test/Doctor.test.ts"], {
    "fresh: doctor finds a login that others can read well kept": [
      "(file.value.mode & 0o077) !== 0",
      "(file.value.mode & 0o070) !== 0"
    ]
  }),
  ...mutants("src/cli/internal/finding.ts", ["test/CliWords.test.ts"], {
    "closed: a warning is a failure": [
      "verdict === \"warning\" ? exitCodes.warning",
      "verdict === \"warning\" ? exitCodes.failed"
    ]
  }),
  ...mutants("src/cli/Screen.ts", ["test/CliWords.test.ts"], {
    "closed: a bar is fuller than what is left": [
      "Math.round(Math.min(100, Math.max(0, leftPercent)) / 5)",
      "Math.ceil(Math.min(100, Math.max(0, leftPercent)) / 5)"
    ],
    "closed: an hour has six minutes": [
      "[\"hour\", 3_600_000]",
      "[\"hour\", 360_000]"
    ]
  }),
  ...mutants("src/cli/internal/networkChecks.ts", ["test/CliWords.test.ts"], {
    "closed: a clock is off the other way": [
      "early === ours ? \"behind\" : \"ahead of\"",
      "early === ours ? \"ahead of\" : \"behind\""
    ]
  }),
  ...mutants("src/cli/internal/loginChecks.ts", ["test/CliWords.test.ts"], {
    "closed: a token that ends is renewed": [
      "if (canRefresh) return Finding.ok(\"token\"",
      "if (signedIn) return Finding.ok(\"token\""
    ]
  }),
  ...mutants("src/cli/internal/keeping.ts", ["test/CliWords.test.ts"], {
    "closed: a password is told": [
      "`the Postgres at ${url.host}${url.pathname}`",
      "`the Postgres at ${url.href}`"
    ]
  }),
  ...mutants("src/cli/internal/introduction.ts", ["test/CliWords.test.ts"], {
    "closed: one chat is everybody": [
      "allowedUserIds === \"everybody\" && allowedChatIds === \"everywhere\"",
      "allowedUserIds === \"everybody\""
    ],
    "closed: what is never refreshed can be saved": [
      "} else if (login.canRefresh) {",
      "} else {"
    ]
  })
]
