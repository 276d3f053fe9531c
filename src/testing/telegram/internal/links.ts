/**
 * Which addresses Telegram takes as the target of a link: those of the public Bot API server, in its words.
 */

const host = /^(?:[a-z\d._!$,~*'();&+=-]|%[\da-f]{2}|[^\x00-\x7f])+$/i

const problemOfHost = (authority: string): string | undefined => {
  const address = authority.slice(authority.lastIndexOf("@") + 1)
  if (/^\[[\da-f:.]+\](?::\d+)?$/i.test(address)) return undefined
  const [, name = "", port] = /^(.*?)(?::([^:\]]*))?$/s.exec(address) ?? []
  if (port !== undefined && !(/^\d{1,9}$/.test(port) && Number(port) > 0 && Number(port) <= 65_535)) {
    return "Wrong port number specified in the URL"
  }
  if (name === "") return "URL host is empty"
  if (name === ".") return "Host is invalid"
  return host.test(name) ? undefined : "Wrong URL host"
}

const own = /^(?:tg|ton|tonsite):(?:\/\/)?([^/?#]*)/i

/** Why an address is refused; `undefined` for one that is taken. */
export const linkProblem = (url: string): string | undefined => {
  const name = own.exec(url)?.[1]
  if (name !== undefined) {
    return problemOfHost(name) ?? (/^[\w-]+$/.test(name) ? undefined : "Unallowed characters in URL host")
  }
  const scheme = /^([^:/?#@[\]]*):\/\//.exec(url)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") return "Unsupported URL protocol"
  const authority = url.slice(scheme === undefined ? 0 : scheme.length + 3).replace(/[/?#].*$/s, "")
  const problem = problemOfHost(authority)
  if (problem !== undefined) return problem
  return authority.slice(authority.lastIndexOf("@") + 1).includes(".") || authority.includes("[")
    ? undefined
    : "Wrong HTTP URL"
}
