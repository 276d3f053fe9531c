/**
 * What people send that is neither words nor a file, as Telegram shows it to a bot.
 */
import type { ThingContent } from "./contents.ts"

/**
 * What people send that is neither words nor a file.
 *
 * @since 0.2.0
 * @category models
 */
export type Thing =
  | "location"
  | "venue"
  | "contact"
  | "poll"
  | "dice"
  | "checklist"
  | "paidMedia"
  | "story"
  | "game"
  | "invoice"
  | "giveaway"
  | "giveawayWinners"
  | "richMessage"
  /** A kind that no bot knows yet. */
  | "unknown"

/** What has room for words of its own. */
export const captioned: ReadonlySet<Thing> = new Set(["paidMedia", "unknown"])

const chat = { id: -1_001_999_000_000, type: "channel", title: "News" } as const

const location = { latitude: 60.39299, longitude: 5.32415 }

/** An example of each. */
export const things: Readonly<Record<Thing, ThingContent>> = {
  location: { location },
  venue: { location, venue: { location, title: "The fish market", address: "Strandkaien 3, Bergen" } },
  contact: { contact: { phone_number: "+4755550100", first_name: "Bea" } },
  poll: {
    poll: {
      id: "5420000000000000001",
      question: "Tea or coffee?",
      options: ["Tea", "Coffee"].map((text, index) => ({ persistent_id: `${index}`, text, voter_count: 0 })),
      total_voter_count: 0,
      is_closed: false,
      is_anonymous: true,
      type: "regular",
      allows_multiple_answers: false
    }
  },
  dice: { dice: { emoji: "🎲", value: 6 } },
  checklist: { checklist: { title: "Shopping", tasks: [{ id: 1, text: "Milk" }, { id: 2, text: "Eggs" }] } },
  paidMedia: { paid_media: { star_count: 5, paid_media: [{ type: "preview", width: 320, height: 240 }] } },
  story: { story: { id: 5, chat } },
  game: { game: { title: "Chess", description: "For two", photo: [] } },
  invoice: {
    invoice: { title: "Tea", description: "A cup", start_parameter: "tea", currency: "NOK", total_amount: 3900 }
  },
  giveaway: {
    giveaway: { chats: [chat], winners_selection_date: 1_800_000_000, winner_count: 1, prize_description: "A cup" }
  },
  giveawayWinners: {
    giveaway_winners: {
      chat,
      giveaway_message_id: 6,
      winners_selection_date: 1_800_000_000,
      winner_count: 1,
      winners: [{ id: 99, is_bot: false, first_name: "Dan" }]
    }
  },
  richMessage: { rich_message: { blocks: [{ type: "paragraph", text: "What is 6 x 7?" }] } },
  unknown: { hologram: { file_id: "HOLOGRAM", file_unique_id: "hologram", file_size: 1 } }
}
