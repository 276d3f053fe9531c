/**
 * What is said aloud in a group: it is listened to, and nobody hears of it unless it names the bot.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Content, File } from "../Entry.ts"
import type * as Incoming from "../Incoming.ts"
import * as Addressed from "../incoming/Addressed.ts"
import * as Media from "../media/Media.ts"
import { Transcriber } from "../media/Transcriber.ts"
import type { TelegramApi } from "../TelegramApi.ts"
import { type Service as Door, TelegramDoor } from "../TelegramDoor.ts"

/** The same question in words: what was said is not listened to again. */
const inWords = ({ content, ...asking }: Incoming.Asking, voice: File, said: string): Incoming.Asking => ({
  ...asking,
  content: Arr.map(content, (part): Content =>
    // What is said is bounded as a prompt is, and not as a message that somebody types.
    part._tag === "File" && part.file === voice.file ? { _tag: "Text", text: said, isRich: true } : part)
})

/** What is asked, if it turns out to be meant for the bot; without a transcriber nothing is. */
export const asked = Effect.fnUntraced(
  function*(
    { asking, names, origin, voice }: Extract<Incoming.Incoming, { _tag: "Spoken" }>,
    door: Door
  ): Effect.fn.Return<Option.Option<Incoming.Asking>, never, TelegramApi> {
    const transcriber = yield* Effect.serviceOption(Transcriber)
    if (!Option.exists(transcriber, ({ isAvailable }) => isAvailable)) return Option.none()
    const media = yield* Effect.flatMap(
      Effect.serviceOption(Media.Media),
      Option.match({ onNone: () => Effect.provideService(Media.make, TelegramDoor, door), onSome: Effect.succeed })
    )
    const { spoken } = yield* media.read([voice], origin.destination)
    const said = spoken.join("\n\n")
    return Addressed.isNamed(said, names) ? Option.some(inWords(asking, voice, said)) : Option.none()
  },
  Effect.catchDefect(() =>
    // Who has not asked is told nothing, and what went wrong may quote an address, which holds the token.
    Effect.as(Effect.logWarning("What was said in a group could not be heard."), Option.none<Incoming.Asking>())
  )
)
