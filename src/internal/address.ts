/**
 * An address as it is written in a setting.
 */

/** Whether it can be asked at all. */
export const isHttp = (address: string): boolean => /^https?:$/.test(URL.parse(address)?.protocol ?? "")
