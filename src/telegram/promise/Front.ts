/**
 * The middleware and the sign-in as a bot's author calls them: what stands behind is loaded when it is first needed, by
 * `ready()` or the first update.
 */
import { menu } from "../internal/commandMenu.ts"
import * as TelegramDoor from "../TelegramDoor.ts"
import * as Checked from "./internal/checked.ts"
import type { CodexMiddleware } from "./Middleware.ts"
import * as Options from "./Options.ts"
import type { DeviceLoginCallbacks, DeviceLoginOptions, DeviceLoginTokens } from "./SignIn.ts"

/**
 * Makes the middleware.
 *
 * It never rejects: the person who asked reads what happened and what to do. Without a word on who may use the bot, or
 * with an option that it does not know or that is not what it has to be, it answers nobody, and `ready()` rejects.
 *
 * @since 0.1.0
 * @category constructors
 */
export function codex(options: Options.CodexOptions): CodexMiddleware
/**
 * @since 0.1.0
 * @category constructors
 */
export function codex<E>(given: Options.CodexOptions<E>): CodexMiddleware {
  const options = Checked.of(given)
  const commands = menu(TelegramDoor.make(Options.doorOf(options) ?? { allowedUserIds: [] }))
  let made: Promise<CodexMiddleware> | undefined
  const behind = (): Promise<CodexMiddleware> =>
    made ??= import("./Middleware.ts").then(({ make }) => make(options, commands))
  return Object.assign(
    async (context: object, next: () => unknown): Promise<void> => (await behind())(context, next),
    {
      commands,
      ready: async () => (await behind()).ready(),
      dispose: async () => (await behind()).dispose()
    }
  )
}

/**
 * Signs in by device code and saves a Codex-compatible auth.json.
 *
 * Rejects with a `DoorError` that says what to do: most often `DeviceLoginFailed`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const deviceLogin = async (
  callbacks: DeviceLoginCallbacks,
  options: DeviceLoginOptions = {}
): Promise<DeviceLoginTokens> => (await import("./SignIn.ts")).deviceLogin(callbacks, options)
