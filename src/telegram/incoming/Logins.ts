/**
 * Somebody hands us an auth.json: as a file, or as text.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Access from "../Access.ts"
import type { Service as Door } from "../TelegramDoor.ts"
import { isPrivateChat, type Message } from "./Message.ts"

/** Where the auth.json of an import is: in the message itself, or in a file that it carries. */
export type Source =
  | { readonly _tag: "Text"; readonly text: Redacted.Redacted }
  /** Not certain: small JSON of an auth admin, which may be an exported login under another name. */
  | { readonly _tag: "File"; readonly fileId: string; readonly isCertain: boolean }

// Tokens must not be asked of the model, however they are sent. A long text arrives in several messages, so that
// each piece of an auth.json has to be known by itself.
/** Whether a text holds the tokens of a login, and not only what else is in one. */
export const holdsTokens = (text: string): boolean => /"(access|refresh|id)_token"\s*:\s*"[^"]/.test(text)

const isLogin = (text: string): boolean =>
  /^\s*\{[^]*"(access|refresh|id)_token"\s*:/.test(text) ||
  /"(access|refresh|id)_token"\s*:\s*"[^"\s]{20}/.test(text) ||
  /"last_refresh"\s*:/.test(text)

/** Whether a text is a login, or a piece of one. */
export const isIn = (text: string): boolean => isLogin(text) || holdsTokens(text)

/** Whether a whole file is a login, by what is in it. */
export const isFile = (text: string): boolean => /^\s*\{/.test(text) && holdsTokens(text)

const loginFile = /(^|[^a-z])auth([^a-z].*)?\.json$/i

// An auth.json has a few kilobytes.
const largestLogin = 64 * 1024

/** VibeGram 2.4.0 calls every file `document`, and people and systems give names of their own. */
const maybeLogin = ({ file_name = "", file_size = 0, mime_type = "" }: NonNullable<Message["document"]>): boolean =>
  file_size <= largestLogin &&
  (/json|\.txt$/i.test(file_name) || /json|text\/plain/i.test(mime_type) || !file_name.includes("."))

/**
 * A file is an auth.json by its name in a private chat, and anywhere by what is asked under it; small JSON of an auth
 * admin is looked into. `asked` is what stands behind our prefix in its caption.
 */
export const inFile = (message: Message, asked: string | undefined, door: Door): Option.Option<Source> => {
  const { caption, chat, document, from } = message
  if (document === undefined) return Option.none()
  const isCertain = (isPrivateChat(chat) && loginFile.test(document.file_name ?? "")) ||
    (caption !== undefined && /^(auth\s+import|importjson)\b/i.test(asked ?? ""))
  const isAdmin = () => Result.isSuccess(Access.checkAdmin({ userId: from?.id }, door))
  return isCertain || (isPrivateChat(chat) && maybeLogin(document) && isAdmin())
    ? Option.some({ _tag: "File", fileId: document.file_id, isCertain })
    : Option.none()
}

/** The auth.json that a text is, or holds. */
export const inText = (text: string): Option.Option<Source> =>
  isLogin(text)
    // What is written around it, and the mark of a code block, are not part of it.
    ? Option.some({ _tag: "Text", text: Redacted.make(/\{[^]*\}/.exec(text)?.[0] ?? text) })
    : Option.none()
