/**
 * Addresses: which of them Telegram takes as the target of a link, and which are shown.
 */
import { decodeHTMLStrict } from "entities/decode"

/** The address of a link that Telegram takes. */
export const webAddress = (href: string): string | undefined => {
  const url = decodeHTMLStrict(href).trim()
  if (/^(?:https?|ftp|tg):\/*[^\s/]/i.test(url)) return url.replace(/\s/g, "%20")
  return /^www\.[^\s]+$/i.test(url) ? `https://${url}` : undefined
}

/**
 * What a person reads of a target that cannot be a link: `mailto:`, `tel:` and others of their kind; Telegram finds mail
 * addresses and telephone numbers by itself. `undefined` for places in a page or a folder, and for programs and data.
 */
export const readable = (href: string): string | undefined => {
  const url = decodeHTMLStrict(href).trim()
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]{1,31}):(\S+)$/i.exec(url) ?? []
  if (rest === "" || /^(?:javascript|vbscript|data|blob|about)$/i.test(scheme)) return undefined
  return /^(?:mailto|tel|sms|callto|facetime)$/i.test(scheme) ? decoded(rest.replace(/\?.*$/s, "")) : url
}

const decoded = (text: string): string =>
  /^(?:[^%]|%[2-7][\da-f])*$/i.test(text)
    ? text.replace(/%([2-7][\da-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text

/** Whether a target is of any use to a reader. */
export const isShown = (href: string): boolean =>
  webAddress(href) !== undefined || readable(href) !== undefined || /^[./#]|\//.test(href)
