/**
 * What people send besides words, made into something that the model can take: pictures to look at, texts to read, speech
 * as words. What cannot be taken is refused in one sentence, which says what would do.
 *
 * A file is downloaded when its turn has come, within bounds, and is what its bytes say, whatever it is called.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { InputImage, InputText } from "../../backend/Item.ts"
import { backoff } from "../../Failure.ts"
import { clipped } from "../../internal/clipped.ts"
import type { File } from "../Entry.ts"
import * as Logins from "../incoming/Logins.ts"
import * as TextBytes from "../internal/textBytes.ts"
import { type Destination, type Download, TelegramApi } from "../TelegramApi.ts"
import { TelegramDoor } from "../TelegramDoor.ts"
import { TelegramFailed } from "../TelegramError.ts"
import * as Picture from "./internal/picture.ts"
import * as Quoted from "./internal/quoted.ts"
import * as Signature from "./internal/signature.ts"
import * as Wording from "./internal/wording.ts"
import { none, Transcriber } from "./Transcriber.ts"

/**
 * What became of the files of a prompt, each in the order in which they were sent.
 *
 * @since 0.2.0
 * @category models
 */
export interface Found {
  /** What goes along with the words of the person. */
  readonly attachments: ReadonlyArray<InputText | InputImage>
  /** What the person said, in words. */
  readonly spoken: ReadonlyArray<string>
  /** What the person is told: a sentence for each file that could not be taken, or not all of it. */
  readonly refusals: ReadonlyArray<string>
  /** The ids of files that are logins under another name: what was said about them is asked of nobody either. Default: none. */
  readonly logins?: ReadonlyArray<string> | undefined
}

/**
 * The files of a prompt.
 *
 * @since 0.2.0
 * @category models
 */
export interface Service {
  /** Downloads and reads them. It never fails: what cannot be read is told in a sentence. */
  readonly read: (files: ReadonlyArray<File>, from: Destination) => Effect.Effect<Found, never, TelegramApi>
}

/**
 * The files of a prompt as a service.
 *
 * @since 0.2.0
 * @category services
 */
export class Media extends Context.Service<Media, Service>()("effect-codex/media/Media") {}

/** What became of one file. */
type Part =
  | { readonly _tag: "Attached"; readonly attachment: InputText | InputImage; readonly notice?: string | undefined }
  | { readonly _tag: "Spoken"; readonly text: string }
  | { readonly _tag: "Login"; readonly file: string }
  /** What is true of all files of a kind names none of them, and is said once. */
  | { readonly _tag: "Refused"; readonly sentence: string; readonly isOfAll?: boolean }

const nothing: Download = { bytes: new Uint8Array(), isCut: false }

const refused = (sentence: string): Part => ({ _tag: "Refused", sentence })

const refusedAll = (sentence: string): Part => ({ _tag: "Refused", sentence, isOfAll: true })

const same = (one: Part, other: Part): boolean =>
  one._tag === "Refused" && other._tag === "Refused" && one.sentence === other.sentence

/** What is left of what the files of one prompt may take together. */
interface Budget {
  text: number
  pictures: number
  time: Duration.Duration
}

// Beyond it a picture needs more patches than a model takes.
const longestSide = 5500

// Of all pictures of a prompt: in a request they take a third more.
const mostPictures = 10 * 1024 * 1024

// An album has ten.
const mostFiles = 10

// What the bytes of a text may come to.
const bytesOf = (characters: number): number => characters * 3

const isSpeech = ({ kind }: File): boolean => kind === "voice" || kind === "audio" || kind === "videoNote"

// A film that was sent as a file is no voice, whatever is said in it.
const isFilm = ({ kind }: File, extension: string): boolean =>
  kind === "document" && (extension === "mp4" || extension === "webm")

// Of one file, and of all of a prompt: then what has not come is refused.
const longestAttempt = "1 minute"
const longestRead = Duration.minutes(2)

const unreachable = new TelegramFailed({ method: "getFile", reason: "unreachable" })

/**
 * Files as the door wants them read; a `Transcriber` in the context listens to recordings.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, TelegramDoor> = Effect.gen(function*() {
  const { maxFileLength, maxPdfPages, maxPictureSize } = yield* TelegramDoor
  const { isAvailable, transcribe } = Option.getOrElse(yield* Effect.serviceOption(Transcriber), () => none)
  const extractions = yield* Semaphore.make(2)
  const shrinking = yield* Semaphore.make(1)

  const shown = (bytes: Uint8Array, format: Picture.Format, name: string, budget: Budget): Part => {
    if (bytes.length > budget.pictures) return refused(Wording.tooManyPictures(name))
    budget.pictures -= bytes.length
    return {
      _tag: "Attached",
      attachment: {
        type: "input_image",
        image_url: `data:image/${format};base64,${Base64.encode(bytes)}`,
        detail: "high"
      }
    }
  }

  /** A picture as it is, or made smaller. */
  const picture = Effect.fnUntraced(function*(
    { bytes, isCut }: Download,
    format: Picture.Format,
    name: string,
    budget: Budget
  ) {
    if (isCut) return refused(Wording.pictureTooBig(name, maxPictureSize))
    const header = Picture.header(format, bytes)
    const still = header?.isAnimated === false ? Picture.firstFrame(format, bytes) : undefined
    if (header?.isAnimated === true) return refused(Wording.moving(name))
    if (header === undefined || still === undefined) return refused(Wording.broken(name))
    const { height, width } = header
    const isWide = Math.max(width, height) > longestSide
    if (!isWide && still.length <= maxPictureSize) return shown(still, format, name, budget)
    const tooLarge = isWide
      ? Wording.tooManyPixels(name, header, longestSide)
      : Wording.pictureTooBig(name, maxPictureSize)
    const { canShrink, shrink } = yield* Effect.promise(() => import("./internal/shrink.ts"))
    if (format === "gif" || !canShrink(width, height)) return refused(tooLarge)
    const orientation = format === "jpeg" ? Picture.orientation(still) : 1
    const outcome = yield* shrinking.withPermit(shrink({ bytes: still, width, height, orientation }))
    return outcome._tag === "Broken"
      ? refused(Wording.broken(name))
      : outcome._tag === "TooMuch" || outcome.bytes.length > maxPictureSize
      ? refused(tooLarge)
      : shown(outcome.bytes, "jpeg", name, budget)
  })

  const text = (file: File, what: string, content: string, isCut: boolean, name: string, budget: Budget): Part => {
    if (content.trim() === "") return refused(Wording.empty(name))
    if (file.mayBeLogin === true && Logins.holdsTokens(content)) return { _tag: "Login", file: file.file }
    if (Logins.isFile(content)) return refused(Wording.login(name))
    if (budget.text <= 0) return refused(Wording.textSpent(name, maxFileLength))
    const kept = clipped(content, budget.text)
    budget.text -= kept.length
    const isPart = isCut || kept.length < content.length
    const called = file.name === undefined ? "" : ` ${Quoted.nameOf(file.name)}`
    const extent = isPart ? `, only its first ${kept.length} characters` : ""
    return {
      _tag: "Attached",
      attachment: { type: "input_text", text: Quoted.quoted(`A file${called} was sent (${what}${extent})`, kept) },
      notice: isPart ? Wording.cut(name, kept.length) : undefined
    }
  }

  const pdf = Effect.fnUntraced(function*(file: File, { bytes }: Download, name: string, budget: Budget) {
    if (budget.text <= 0) return refused(Wording.textSpent(name, maxFileLength))
    const Pdf = yield* Effect.promise(() => import("./internal/pdf.ts"))
    const outcome = yield* extractions.withPermit(
      Pdf.read({ bytes, mostPages: maxPdfPages, mostText: budget.text })
    )
    switch (outcome._tag) {
      case "Read": {
        if (!/[\p{L}\p{N}]/u.test(outcome.text)) return refused(Wording.scanned(name))
        const pages = `PDF, ${outcome.pages} ${outcome.pages === 1 ? "page" : "pages"}`
        return text(file, pages, outcome.text, outcome.read < outcome.pages, name, budget)
      }
      case "Locked":
        return refused(Wording.locked(name))
      case "Broken":
        return refused(Wording.broken(name))
      case "TooMuch":
        return refused(Wording.pdfTooMuch(name))
    }
  })

  const speech = Effect.fnUntraced(function*({ bytes }: Download, extension: string): Effect.fn.Return<Part> {
    return yield* transcribe({ bytes, name: `voice.${extension}` }).pipe(
      Effect.map((text): Part => ({ _tag: "Spoken", text })),
      Effect.catch((failure) => Effect.succeed(refusedAll(failure.message)))
    )
  })

  /** How much of a file is needed, by its beginning. */
  const wanted = (head: Uint8Array): number => {
    const signature = Signature.of(head)
    switch (signature._tag) {
      case "Picture":
        // What is too large is made smaller, and for that all of it is needed.
        return signature.format === "gif" ? maxPictureSize : Infinity
      case "Text":
        return bytesOf(maxFileLength)
      case "Pdf":
        return Infinity
      case "Sound":
        return Infinity
      case "Other":
        return 0
    }
  }

  const understood = Effect.fnUntraced(
    function*(file: File, download: Download, name: string, budget: Budget): Effect.fn.Return<Part> {
      if (download.bytes.length === 0 && !download.isCut) return refused(Wording.empty(name))
      const signature = Signature.of(download.bytes)
      switch (signature._tag) {
        case "Picture":
          return yield* picture(download, signature.format, name, budget)
        case "Text":
          return isSpeech(file)
            ? refused(Wording.broken(name))
            : text(file, "text", TextBytes.read(download.bytes), download.isCut, name, budget)
        case "Pdf":
          return yield* pdf(file, download, name, budget)
        case "Sound":
          return isFilm(file, signature.extension)
            ? refused(Wording.film(name))
            : yield* speech(download, signature.extension)
        case "Other":
          return refused(Wording.other(name, signature.what, file.size))
      }
    }
  )

  const downloaded = (file: File, from: Destination) =>
    Effect.flatMap(TelegramApi, (api) =>
      api.download(from, file.file, { most: Wording.mostBytes, wanted }).pipe(
        Effect.timeoutOrElse({ duration: longestAttempt, orElse: () => Effect.fail(unreachable) }),
        Effect.retry(backoff({ base: "500 millis", times: 2, longest: "10 seconds" }))
      ))

  const one = Effect.fnUntraced(function*(file: File, from: Destination, budget: Budget) {
    const name = Wording.called(file)
    const early = Wording.unreadable(file)
    if (early !== undefined) return file.kind === "sticker" ? refusedAll(early) : refused(early)
    if (isSpeech(file) && !isAvailable) return yield* speech(nothing, "ogg")
    const [took, download] = yield* downloaded(file, from).pipe(
      Effect.timeoutOrElse({ duration: budget.time, orElse: () => Effect.fail(unreachable) }),
      Effect.result,
      Effect.timed
    )
    budget.time = Duration.max(Duration.subtract(budget.time, took), Duration.zero)
    return Result.isFailure(download)
      ? refused(Wording.undownloaded(name, download.failure, file.size))
      : yield* understood(file, download.success, name, budget)
  })

  return Media.of({
    read: Effect.fn("Media.read")(function*(files, from) {
      const budget: Budget = { text: maxFileLength, pictures: mostPictures, time: longestRead }
      const parts = yield* Effect.forEach(files.slice(0, mostFiles), (file) => one(file, from, budget))
      const left = files.length - mostFiles
      const logins = parts.flatMap((part) => part._tag === "Login" ? [part.file] : [])
      return {
        ...(logins.length > 0 && { logins }),
        attachments: parts.flatMap((part) => part._tag === "Attached" ? [part.attachment] : []),
        spoken: parts.flatMap((part) => part._tag === "Spoken" ? [part.text] : []),
        refusals: [
          ...parts.flatMap((part, index) =>
            part._tag === "Refused"
              ? part.isOfAll === true && parts.slice(0, index).some((before) => same(before, part))
                ? []
                : [part.sentence]
              : part._tag === "Attached" && part.notice !== undefined
              ? [part.notice]
              : []
          ),
          ...(left > 0 ? [Wording.tooMany(mostFiles, left)] : [])
        ]
      }
    })
  })
})

/**
 * Files as the door wants them read; a `Transcriber` in the context listens to recordings.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<Media, never, TelegramDoor> = Layer.effect(Media, make)
