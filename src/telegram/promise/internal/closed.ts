/**
 * What is said by what was closed.
 */
import * as Schema from "effect/Schema"

/** What was closed answers no more. */
export class Closed extends Schema.TaggedError<Closed>("effect-codex/Closed")("Closed", {
  of: Schema.Literals(["codex", "codexProvider"])
}) {
  override get message(): string {
    return `This ${this.of}(...) was ${
      this.of === "codex" ? "disposed of" : "closed"
    } and answers no more. Make a new one.`
  }
}
