/**
 * The store of `vibegram/codex` that forgets with the process.
 */
import type { CodexMemoryStore } from "./Promises.ts"
import type { CodexMessage } from "./Provider.ts"

/**
 * Keeps the last messages of each conversation in memory, a system prompt at the front with them.
 *
 * Only needed by a bot that hands one store to several plugins or looks into it: without `memoryStore` the plugin has its
 * own. `maxHistory` is the number of messages for each key, 20 unless told otherwise.
 *
 * @since 0.2.0
 * @category constructors
 */
export class MemoryCodexStore implements CodexMemoryStore {
  readonly #histories = new Map<string, ReadonlyArray<CodexMessage>>()
  readonly #most: number

  constructor(maxHistory = 20) {
    this.#most = Math.max(1, maxHistory)
  }

  async append(key: string, message: CodexMessage): Promise<void> {
    const all = [...this.#histories.get(key) ?? [], message]
    const [first] = all
    const kept = first?.role === "system" && all.length > this.#most ? [first] : []
    const room = this.#most - kept.length
    this.#histories.set(key, [...kept, ...(room > 0 ? all.slice(-room) : [])])
  }

  async list(key: string): Promise<Array<CodexMessage>> {
    return [...this.#histories.get(key) ?? []]
  }

  async clear(key: string): Promise<void> {
    this.#histories.delete(key)
  }
}
