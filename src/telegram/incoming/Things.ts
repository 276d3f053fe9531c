/**
 * What is neither words nor a file, in words: a question may be about a poll or a list that it replies to.
 */
import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const text = Schema.optionalKey(Schema.String)
const number = Schema.optionalKey(Schema.Finite)

const Place = Schema.Struct({ latitude: Schema.Finite, longitude: Schema.Finite })

const PollOption = Schema.Struct({ text: Schema.String, voter_count: number, persistent_id: text })
const Task = Schema.Struct({ id: Schema.optionalKey(Schema.Int), text: Schema.String, completion_date: number })

/** A part that is not as we know it is left out, and no reason to leave out the others. */
const each = <A, R>(part: Schema.Codec<A, R>) => {
  const decode = Schema.decodeUnknownOption(part)
  return (parts: ReadonlyArray<unknown>): ReadonlyArray<A> => Arr.getSomes(parts.map((part) => decode(part)))
}
const options = each(PollOption)
const tasks = each(Task)
const list = Schema.optionalKey(Schema.Array(Schema.Unknown))

/** Says something of a kind of thing, when it is as we know it. */
const says = <A, R>(part: Schema.Codec<A, R>, words: (thing: A) => string) => {
  const decode = Schema.decodeUnknownOption(part)
  return (raw: unknown): Option.Option<string> => Option.map(decode(raw), words)
}

const line = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(", ")

const placeOf = ({ latitude, longitude }: typeof Place.Type): string => `${latitude}, ${longitude}`

// The more specific first: a venue has a location as well.
const things: ReadonlyArray<readonly [field: string, words: (raw: unknown) => Option.Option<string>]> = [
  [
    "poll",
    says(
      Schema.Struct({ question: Schema.String, options: list, explanation: text }),
      ({ explanation, options: given = [], question }) =>
        [
          `[Poll] ${question}`,
          ...options(given).map(({ text, voter_count: votes = 0 }) =>
            `- ${text}${votes > 0 ? ` (${votes === 1 ? "1 vote" : `${votes} votes`})` : ""}`
          ),
          ...(explanation === undefined ? [] : [explanation])
        ].join("\n")
    )
  ],
  [
    "checklist",
    says(
      Schema.Struct({ title: Schema.String, tasks: list }),
      ({ tasks: given = [], title }) =>
        [
          `[Checklist] ${title}`,
          ...tasks(given).map(({ completion_date: done = 0, text }) => `- [${done > 0 ? "x" : " "}] ${text}`)
        ].join("\n")
    )
  ],
  [
    "contact",
    says(
      Schema.Struct({ first_name: Schema.String, last_name: text, phone_number: text }),
      ({ first_name, last_name = "", phone_number }) =>
        `[Contact] ${line(`${first_name} ${last_name}`.trim(), phone_number)}`
    )
  ],
  [
    "venue",
    says(
      Schema.Struct({ title: Schema.String, address: text, location: Schema.optionalKey(Place) }),
      ({ address, location, title }) =>
        `[Place] ${line(title, address, location === undefined ? undefined : placeOf(location))}`
    )
  ],
  ["location", says(Place, (place) => `[Place] ${placeOf(place)}`)],
  [
    "dice",
    says(Schema.Struct({ emoji: text, value: Schema.Int }), ({ emoji = "🎲", value }) => `[Dice] ${emoji} ${value}`)
  ],
  [
    "game",
    says(
      Schema.Struct({ title: Schema.String, description: text }),
      ({ description, title }) => `[Game] ${line(title, description)}`
    )
  ],
  [
    "invoice",
    says(
      Schema.Struct({ title: Schema.String, description: text }),
      ({ description, title }) => `[Invoice] ${line(title, description)}`
    )
  ],
  [
    "giveaway",
    says(
      Schema.Struct({ prize_description: text }),
      ({ prize_description }) =>
        ["[Giveaway]", ...(prize_description === undefined ? [] : [prize_description])].join(" ")
    )
  ],
  ["giveaway_winners", () => Option.some("[Winners of a giveaway]")],
  ["story", () => Option.some("[A story, which cannot be seen]")],
  ["paid_media", () => Option.some("[Paid media, which cannot be seen]")]
]

const fieldOf = (raw: object, field: string): unknown => Predicate.hasProperty(raw, field) ? raw[field] : undefined

/** What a message is in words, where it is neither words nor a file; else nothing. */
export const of = (raw: object): string => {
  for (const [field, words] of things) {
    const thing = fieldOf(raw, field)
    const said = Predicate.isNotNullish(thing) ? words(thing) : Option.none<string>()
    if (Option.isSome(said)) return said.value
  }
  return ""
}

const decodeChosen = Schema.decodeUnknownOption(Schema.Struct({
  reply_to_poll_option_id: text,
  reply_to_checklist_task_id: Schema.optionalKey(Schema.Int)
}))

const partsOf = (raw: object, field: string, list: string): ReadonlyArray<unknown> => {
  const thing = fieldOf(raw, field)
  const parts = Predicate.isObject(thing) ? fieldOf(thing, list) : undefined
  return Array.isArray(parts) ? parts : []
}

/** The option of a poll, or the task of a list, that a message replies to; else nothing. */
export const chosen = (raw: object, replied: object): string =>
  Option.match(decodeChosen(raw), {
    onNone: () => "",
    onSome: ({ reply_to_checklist_task_id: task, reply_to_poll_option_id: option }) =>
      (option === undefined
        ? task === undefined
          ? undefined
          : tasks(partsOf(replied, "checklist", "tasks")).find(({ id }) => id === task)
        : options(partsOf(replied, "poll", "options")).find(({ persistent_id }) => persistent_id === option))?.text ??
        ""
  })
