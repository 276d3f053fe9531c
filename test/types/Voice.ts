/**
 * The program of docs/media.md, which prints it. The compiler is the test.
 */
// #region voice
import { CodexLive } from "effect-codex"
import { codex, TelegramDoor, Transcriber } from "effect-codex/telegram"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

// A server that speaks OpenAI's `/audio/transcriptions`, yours or theirs.
const listening = Transcriber.layer({
  url: "http://127.0.0.1:8000/v1",
  key: Redacted.make(process.env.TRANSCRIBE_KEY ?? ""),
  model: "whisper-large-v3"
})
const layer = Layer.mergeAll(CodexLive, TelegramDoor.layer({ allowedUserIds: [789012] }), listening)
export const chatgpt = codex({ layer })
// #endregion
