/**
 * Addresses: which of them Telegram takes as the target of a link, and which are shown.
 *
 * A message with one target that Telegram cannot open is refused as a whole ("entity URL … is invalid"), so what is not
 * known to be taken is text: other schemes than its own and the web's, hosts without a dot (`localhost`), hosts with
 * signs (`https://{tenant}.example.org`), ports that are none, people (`tg://user`) whom the bot may not know.
 */
import { decodeHTMLStrict } from "entities/decode"

const host = /^(?:[a-z\d._!$,~*'();&+=-]|%[\da-f]{2}|[^\x00-\x7f])+$/i

const isOpened = (url: string): boolean => {
  if (/^tg:/i.test(url)) return /^tg:\/\/(?!user\b)[\w-]+(?:[/?#]|$)/i.test(url)
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? ""
  const [name = "", port, ...rest] = authority.slice(authority.lastIndexOf("@") + 1).split(":")
  return name.includes(".") && name !== "." && host.test(name) && rest.length === 0 &&
    (port === undefined || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) <= 65_535))
}

// An address without its beginning: of a domain that is no name of a file.
const bare = /^(?:www\.|\/\/(?=[^/]))|^(?:[a-z\d-]+\.)+(?:ai|app|com?|de|dev|edu|gov|io|me|net|org)(?=[:/?#]|$)/i

/** The address of a link that Telegram takes. */
export const webAddress = (href: string): string | undefined => {
  const target = decodeHTMLStrict(href).trim().replace(/\s/g, "%20")
  const url = bare.test(target)
    ? `https://${target.replace(/^\/\//, "")}`
    : target.replace(/^(https?):\/*(?=[^/])/i, "$1://")
  return isOpened(url) ? url : undefined
}

/**
 * What a person reads of a target that cannot be a link: `mailto:`, `tel:` and others of their kind; Telegram finds mail
 * addresses and telephone numbers by itself. `undefined` for places in a page or a folder, and for programs and data.
 */
export const readable = (href: string): string | undefined => {
  const url = decodeHTMLStrict(href).trim()
  if (/^[^\s@/:]+@[\w-]+(?:\.[\w-]+)+(?::[^\s:]+)?$/.test(url)) return url
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]{1,31}):(\S+)$/i.exec(url) ?? []
  if (/^\/*$/.test(rest) || /^(?:javascript|vbscript|data|blob|about)$/i.test(scheme)) return undefined
  return /^(?:mailto|tel|sms|callto|facetime)$/i.test(scheme) ? decoded(rest.replace(/\?.*$/s, "")) : url
}

const decoded = (text: string): string =>
  /^(?:[^%]|%[2-7][\da-f])*$/i.test(text)
    ? text.replace(/%([2-7][\da-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text

/** Whether a target is of any use to a reader. */
export const isShown = (href: string): boolean =>
  webAddress(href) !== undefined || readable(href) !== undefined || /^[./#]|\//.test(href)
