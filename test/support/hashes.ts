/**
 * Hashes at once: those of the platform come from threads, when these have time, and the engine names its runs by them.
 */
import { afterEach, beforeEach, vi } from "@effect/vitest"
import { createHash } from "node:crypto"

const hash: SubtleCrypto["digest"] = async (_, data) => {
  const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data
  return new Uint8Array(createHash("sha256").update(new Uint8Array(bytes)).digest()).buffer
}

/** Has the hashes of each test of a file come at once. */
export const atOnce = (): void => {
  beforeEach(() => {
    vi.spyOn(crypto.subtle, "digest").mockImplementation(hash)
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
}
