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
export type Thing = "location" | "venue" | "contact" | "poll" | "dice" | "checklist" | "paidMedia"

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
  paidMedia: { paid_media: { star_count: 5, paid_media: [{ type: "preview", width: 320, height: 240 }] } }
}
