/**
 * Names of tools on the wire, which takes letters, digits, `_` and `-` only; those of MCP servers may have more.
 */

/** Whether the wire takes a name as it is. */
export const isWireName = (name: string): boolean => /^[\w-]{1,64}$/.test(name)

/** A name as the wire takes it. */
export const wireName = (name: string): string =>
  isWireName(name) ? name : name.replace(/[^\w-]/g, "_").slice(0, 60) || "_"
