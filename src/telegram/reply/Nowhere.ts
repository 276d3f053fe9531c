/**
 * What whoever asked reads in private where there is no place any more for what the bot has to say.
 */
import type { TelegramFailed } from "../TelegramError.ts"

/** What a person reads in private when there is no place for the answer where they asked; nothing where that is no news. */
export const answer = (prefix: string) => ({ code, reason }: TelegramFailed): string | undefined =>
  reason === "threadNotFound"
    ? "⚠️ The topic that you asked in is gone, so its answer could not be shown there.\nAsk again in another one."
    : reason === "threadClosed"
    ? "⚠️ The topic that you asked in is closed, so its answer could not be shown there.\n" +
      `When it is open again, /${prefix} last shows it there.`
    // Who has thrown it out does not hear of it any more.
    : reason === "blocked" && code === 400
    ? "⚠️ I may not write in the group that you asked in, so the answer could not be shown there.\n" +
      "Ask an admin of the group to let me, or ask me here."
    : undefined

/** The same of what is no answer, and is not kept. */
export const word = ({ code, reason }: TelegramFailed): string | undefined =>
  reason === "threadNotFound"
    ? "⚠️ The topic that you wrote in is gone, so I could not answer there."
    : reason === "threadClosed"
    ? "⚠️ The topic that you wrote in is closed, so I could not answer there."
    : reason === "blocked" && code === 400
    ? "⚠️ I may not write in the group that you wrote in. Ask an admin of the group to let me."
    : undefined
