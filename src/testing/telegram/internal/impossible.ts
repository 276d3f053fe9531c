/**
 * What people cannot do, and a test asked of them.
 */
import * as Schema from "effect/Schema"

/**
 * A person tried what no client offers: press a button that is not there, edit somebody else's message.
 *
 * @since 0.2.0
 * @category errors
 */
export class ImpossibleAct extends Schema.TaggedError<ImpossibleAct>("effect-codex/ImpossibleAct")("ImpossibleAct", {
  act: Schema.Literals(["send", "forward", "edit", "remove", "press", "stop", "react", "pin", "upgrade"]),
  reason: Schema.String
}) {
  override get message(): string {
    return `Nobody can ${this.act} this: ${this.reason}`
  }
}
