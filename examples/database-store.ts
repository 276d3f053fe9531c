/**
 * History and personalities in a database: `codex({ memoryStore: new DatabaseCodexStore("bot.sqlite") })`.
 *
 * SQLite comes with Node. Any other database does as well: three functions, oldest message first.
 */
import type { CodexMemoryStore, CodexMessage } from "effect-codex/telegram"
import { DatabaseSync } from "node:sqlite"

const roles = { system: "system", user: "user", assistant: "assistant" } as const

const isRole = (value: unknown): value is CodexMessage["role"] => typeof value === "string" && value in roles

export class DatabaseCodexStore implements CodexMemoryStore {
  readonly #database: DatabaseSync

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    // What people said is in this file: keep it as private as auth.json.
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL, role TEXT NOT NULL, content TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS messages_by_key ON messages (key, id);
    `)
  }

  async append(key: string, message: CodexMessage): Promise<void> {
    this.#database.prepare("INSERT INTO messages (key, role, content) VALUES (?, ?, ?)")
      .run(key, message.role, message.content)
  }

  async list(key: string): Promise<Array<CodexMessage>> {
    const rows = this.#database.prepare("SELECT role, content FROM messages WHERE key = ? ORDER BY id").all(key)
    return rows.flatMap(({ content, role }) => isRole(role) && typeof content === "string" ? [{ role, content }] : [])
  }

  async clear(key: string): Promise<void> {
    this.#database.prepare("DELETE FROM messages WHERE key = ?").run(key)
  }

  close(): void {
    this.#database.close()
  }
}
