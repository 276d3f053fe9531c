/**
 * Every refusal of the double, in Telegram's words: the code takes the texts from here, and so does the table in the
 * docs. Words in braces are filled in.
 *
 * Texts are those of the public Bot API server and of reports of real answers; `draftIdInvalid` is our own guess, and of
 * results only articles are emulated.
 */
import * as Data from "effect/Data"
import type { Envelope } from "./types.ts"

/** What can be refused: code and description. */
export const refusals = {
  unauthorized: [401, "Unauthorized"],
  notFound: [404, "Not Found"],
  methodNotFound: [404, "Not Found: method not found"],
  uploadTooLarge: [413, "Request Entity Too Large"],
  tooManyRequests: [429, "Too Many Requests: retry after {seconds}"],

  webhookIsActive: [
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
  ],
  otherPoll: [
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
  ],
  pollEndedByWebhook: [409, "Conflict: terminated by setWebhook request"],
  webhookNotHttps: [400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"],
  secretInvalid: [400, "Bad Request: secret token contains unallowed characters"],
  secretTooLong: [400, "Bad Request: secret token is too long"],

  blockedByUser: [403, "Forbidden: bot was blocked by the user"],
  kicked: [403, "Forbidden: bot was kicked from the {kind} chat"],
  notMember: [403, "Forbidden: bot is not a member of the {kind} chat"],
  chatIdEmpty: [400, "Bad Request: chat_id is empty"],
  chatNotFound: [400, "Bad Request: chat not found"],
  chatUpgraded: [400, "Bad Request: group chat was upgraded to a supergroup chat"],
  userNotFound: [400, "Bad Request: user not found"],
  noAdministrators: [400, "Bad Request: there are no administrators in the private chat"],
  noRightToPin: [400, "Bad Request: not enough rights to manage pinned messages in the chat"],

  jsonInvalid: [400, "Bad Request: can't parse JSON object"],
  fieldInvalid: [400, "Bad Request: can't parse {field} JSON object"],
  multipartInvalid: [400, "Bad Request: can't parse the multipart body"],

  textEmpty: [400, "Bad Request: message text is empty"],
  textTooLong: [400, "Bad Request: message is too long"],
  captionTooLong: [400, "Bad Request: message caption is too long"],
  parseModeUnknown: [400, "Bad Request: unsupported parse_mode"],
  entityOffset: [400, "Bad Request: receive an entity with incorrect offset {offset}"],
  entityLength: [400, "Bad Request: receive an entity with incorrect length {length}"],
  entityBeyondText: [
    400,
    "Bad Request: entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
  ],
  entitySplitsSymbol: [
    400,
    "Bad Request: entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol at byte offset {at}"
  ],
  entityUrl: [400, "Bad Request: entity URL '{url}' is invalid: {problem}"],
  parseReserved: [
    400,
    "Bad Request: can't parse entities: Character '{character}' is reserved and must be escaped with the preceding '\\'"
  ],
  parseUnclosed: [400, "Bad Request: can't parse entities: Can't find end of {type} entity at byte offset {at}"],
  parseUrlUnclosed: [400, "Bad Request: can't parse entities: Can't find end of a URL at byte offset {at}"],
  parseEmojiUnclosed: [
    400,
    "Bad Request: can't parse entities: Can't find end of a custom emoji URL at byte offset {at}"
  ],
  parseEmojiWithoutUrl: [
    400,
    "Bad Request: can't parse entities: Custom emoji entity must contain a tg://emoji URL"
  ],
  parseOldUnclosed: [
    400,
    "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset {at}"
  ],
  parseStartTag: [400, "Bad Request: can't parse entities: Unsupported start tag \"{tag}\" at byte offset {at}"],
  parseStartTagUnclosed: [400, "Bad Request: can't parse entities: Unclosed start tag at byte offset {at}"],
  parseSpan: [
    400,
    "Bad Request: can't parse entities: Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}"
  ],
  parseEndTagUnclosed: [400, "Bad Request: can't parse entities: Unclosed end tag at byte offset {at}"],
  parseEndTagUnexpected: [400, "Bad Request: can't parse entities: Unexpected end tag at byte offset {at}"],
  parseEndTagUnmatched: [
    400,
    "Bad Request: can't parse entities: Unmatched end tag at byte offset {at}, expected \"</{expected}>\", found \"</{found}>\""
  ],
  parseEndTagMissing: [
    400,
    "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"{tag}\""
  ],

  buttonTextEmpty: [400, "Bad Request: can't parse inline keyboard button: Field \"text\" must be non-empty"],
  buttonWithoutAction: [
    400,
    "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
  ],
  buttonDataInvalid: [400, "Bad Request: BUTTON_DATA_INVALID"],

  threadNotFound: [400, "Bad Request: message thread not found"],
  threadIdInvalid: [400, "Bad Request: invalid message thread identifier specified"],
  topicClosed: [400, "Bad Request: TOPIC_CLOSED"],
  topicNotModified: [400, "Bad Request: TOPIC_NOT_MODIFIED"],
  topicIdInvalid: [400, "Bad Request: TOPIC_ID_INVALID"],
  topicNameEmpty: [400, "Bad Request: topic title must be non-empty"],
  notForum: [400, "Bad Request: the chat is not a forum"],
  noRightToCreateTopics: [400, "Bad Request: not enough rights to create a topic"],
  noRightToManageTopics: [400, "Bad Request: not enough rights"],

  replyNotFound: [400, "Bad Request: message to be replied not found"],
  quoteInvalid: [400, "Bad Request: QUOTE_TEXT_INVALID"],

  messageIdMissing: [400, "Bad Request: message identifier is not specified"],
  messageIdsMissing: [400, "Bad Request: message identifiers are not specified"],
  messageIdsTooMany: [400, "Bad Request: too many message identifiers specified"],
  messageIdsUnordered: [400, "Bad Request: message identifiers must be in a strictly increasing order"],
  editNotFound: [400, "Bad Request: message to edit not found"],
  editForbidden: [400, "Bad Request: message can't be edited"],
  editWithoutText: [400, "Bad Request: there is no text in the message to edit"],
  editWithoutCaption: [400, "Bad Request: there is no caption in the message to edit"],
  notModified: [
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a " +
    "current content and reply markup of the message"
  ],
  deleteNotFound: [400, "Bad Request: message to delete not found"],
  deleteForbidden: [400, "Bad Request: message can't be deleted"],
  deleteTooOld: [400, "Bad Request: message can't be deleted for everyone"],
  forwardNotFound: [400, "Bad Request: message to forward not found"],
  forwardForbidden: [400, "Bad Request: the message can't be forwarded"],
  forwardNone: [400, "Bad Request: there are no messages to forward"],
  copyNotFound: [400, "Bad Request: message to copy not found"],
  copyForbidden: [400, "Bad Request: the message can't be copied"],
  copyNone: [400, "Bad Request: there are no messages to copy"],
  pinNotFound: [400, "Bad Request: message to pin not found"],
  unpinNotFound: [400, "Bad Request: message to unpin not found"],
  reactNotFound: [400, "Bad Request: message to react not found"],
  reactionInvalid: [400, "Bad Request: REACTION_INVALID"],
  reactionsTooMany: [400, "Bad Request: REACTIONS_TOO_MANY"],

  draftPeerInvalid: [400, "Bad Request: TEXTDRAFT_PEER_INVALID"],
  draftIdInvalid: [400, "Bad Request: invalid draft identifier specified"],

  actionUnknown: [400, "Bad Request: wrong parameter action in request"],
  fileMissing: [400, "Bad Request: there is no {kind} in the request"],
  fileEmpty: [400, "Bad Request: file must be non-empty"],
  fileUnknown: [400, "Bad Request: wrong file identifier/HTTP URL specified"],
  fileFromUrl: [400, "Bad Request: failed to get HTTP URL content"],
  fileOfOtherType: [400, "Bad Request: can't use file of type {is} as {wanted}"],
  fileIdInvalid: [400, "Bad Request: invalid file_id"],
  fileTooBig: [400, "Bad Request: file is too big"],
  photoTooBig: [
    400,
    "Bad Request: file of size {size} bytes is too big for a photo; the maximum size is 10485760 bytes"
  ],
  photoUnreadable: [400, "Bad Request: IMAGE_PROCESS_FAILED"],
  photoDimensions: [400, "Bad Request: PHOTO_INVALID_DIMENSIONS"],
  voiceForbidden: [400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"],
  albumEmpty: [400, "Bad Request: there are no messages to send"],
  albumTooLong: [400, "Bad Request: too many messages to send as an album"],
  albumMixed: [400, "Bad Request: document can't be mixed with other media types"],
  albumType: [
    400,
    "Bad Request: can't parse InputMedia: type \"{type}\" can't be used in sendMediaGroup"
  ],
  albumMedia: [400, "Bad Request: can't parse InputMedia: media not found"],

  callbackUnknown: [
    400,
    "Bad Request: query is too old and response timeout expired or query ID is invalid"
  ],
  callbackAnswerTooLong: [400, "Bad Request: MESSAGE_TOO_LONG"],
  resultMissing: [400, "Bad Request: result isn't specified"],
  resultInvalid: [400, "Bad Request: inline query result must be an object"],
  resultWithoutField: [400, "Bad Request: can't find field \"{field}\""],
  resultWithoutContent: [400, "Bad Request: input message content is not specified"],
  resultIdInvalid: [400, "Bad Request: RESULT_ID_INVALID"],
  resultTitleEmpty: [400, "Bad Request: ARTICLE_TITLE_EMPTY"],
  resultNotEmulated: [400, "Bad Request: results of type {type} are not emulated"],
  inlineTooLong: [400, "Bad Request: MESSAGE_TOO_LONG"],
  inlineIdInvalid: [400, "Bad Request: invalid inline message identifier specified"],
  inlineGone: [400, "Bad Request: MESSAGE_ID_INVALID"],
  inlineResultsTooMany: [400, "Bad Request: RESULTS_TOO_MUCH"],
  commandsTooMany: [400, "Bad Request: BOT_COMMANDS_TOO_MUCH"],
  commandInvalid: [400, "Bad Request: BOT_COMMAND_INVALID"],
  commandDescriptionInvalid: [400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"]
} as const satisfies Readonly<Record<string, readonly [code: number, description: string]>>

type Words<Template> = Template extends `${string}{${infer Word}}${infer Rest}` ? Word | Words<Rest> : never

/** The Bot API said no. */
export class Refused extends Data.TaggedError("Refused")<{
  readonly code: number
  readonly description: string
  readonly retryAfter?: number
  readonly migrateTo?: number
}> {
  get envelope(): Envelope {
    const { migrateTo, retryAfter } = this
    return {
      ok: false,
      error_code: this.code,
      description: this.description,
      ...((retryAfter !== undefined || migrateTo !== undefined) && {
        parameters: {
          ...(retryAfter !== undefined && { retry_after: retryAfter }),
          ...(migrateTo !== undefined && { migrate_to_chat_id: migrateTo })
        }
      })
    }
  }
}

/** The refusal of that name, with its words filled in. */
export const refuse = <Name extends keyof typeof refusals>(
  name: Name,
  ...[words]: [Words<(typeof refusals)[Name][1]>] extends [never] ? []
    : [words: Readonly<Record<Words<(typeof refusals)[Name][1]>, string | number>>]
): Refused => {
  const [code, template] = refusals[name]
  const filled: Readonly<Record<string, string | number>> = words ?? {}
  return new Refused({ code, description: template.replace(/\{(\w+)\}/g, (_, word: string) => `${filled[word]}`) })
}

/** A 429 with its pause, in seconds. */
export const tooManyRequests = (retryAfter: number): Refused => {
  const { code, description } = refuse("tooManyRequests", { seconds: retryAfter })
  return new Refused({ code, description, retryAfter })
}

/** The chat lives on under another id. */
export const chatUpgraded = (migrateTo: number): Refused => {
  const { code, description } = refuse("chatUpgraded")
  return new Refused({ code, description, migrateTo })
}
