/**
 * Pictures, files, voice, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/internal/textBytes.ts", ["test/TextBytes.test.ts"], {
    "letters: Italian is Cyrillic": ["countOf(text, beyondAscii) * 0.6) return", "0) return"],
    "letters: a tree of folders cannot be told": ["countOf(text, letters) * 0.5", "0"],
    "letters: Hebrew is Cyrillic": ["- 2 * (countOf(text, rare) + countOf(text, turned))", ""],
    "letters: what is Cyrillic later on is read as French": [
      "decodedAs(known(singleByteOf(bytes)), bytes)",
      "decodedAs(\"windows-1252\", bytes)"
    ]
  }),
  ...mutants("src/telegram/media/internal/signature.ts", ["test/TextBytes.test.ts"], {
    "letters: what is written about PDFs is one": ["&& !isPdf(head)", "&& !head.includes(\"%PDF-\")"]
  }),
  ...mutants("src/telegram/media/internal/picture.ts", ["test/TextBytes.test.ts"], {
    "pictures: a JPEG without an end is whole": ["return hasEnd(bytes, at) ? still", "return true ? still"],
    "pictures: a WebP is as long as it says": ["view.getUint32(4, true) + 8 > bytes.length", "false"]
  }),
  ...mutants("src/telegram/media/Media.ts", ["test/Media.test.ts"], {
    "fresh 7: each file has two minutes of its own": [
      "Duration.max(Duration.subtract(budget.time, took), Duration.zero)",
      "Duration.max(Duration.subtract(longestRead, took), Duration.zero)"
    ]
  }),
  ...mutants("src/telegram/media/internal/thread.ts", ["test/Media.test.ts"], {
    "fresh 5: a PDF that takes too long is read on": [
      "(worker) => Effect.promise(() => worker.terminate())",
      "(_worker) => Effect.void"
    ]
  }),
  ...mutants("src/telegram/media/Media.ts", ["test/Media.test.ts"], {
    "media: a login under another name is asked": ["file.mayBeLogin === true", "file.mayBeLogin === false"],
    "media: a login is passed on": ["if (Logins.isFile(content))", "if (false)"],
    "media: the name says what a file is": [
      "Signature.of(download.bytes)",
      "Signature.of(new TextEncoder().encode(name))"
    ],
    "media: a picture of any side is sent": ["> longestSide", "> Infinity"],
    "media: texts have no bound together": ["budget.text -= kept.length", "kept.length"],
    "media: pictures have no bound together": ["budget.pictures -= bytes.length", "bytes.length"],
    "media: each file has two minutes": ["budget.time = Duration.max", "void Duration.max"]
  }),
  ...mutants("src/telegram/media/internal/quoted.ts", ["test/Media.test.ts"], {
    "media: a text leaves its frame": ["Math.max(5, longest + 1)", "5"]
  }),
  ...mutants("src/telegram/media/Transcriber.ts", ["test/Transcriber.test.ts"], {
    "voice: programs run without a bound": [
      "permits.withPermit(",
      "((self: Effect.Effect<string, TranscriptionFailed>) => self)("
    ]
  }),
  // Twenty by somebody who had not read the tests.,
  ...mutants("src/telegram/media/Media.ts", ["test/Media.test.ts"], {
    "fresh: pictures of a prompt are not counted together": [
      "    budget.pictures -= bytes.length\n",
      ""
    ]
  }),
  ...mutants("src/telegram/media/internal/quoted.ts", ["test/Media.test.ts"], {
    "fresh: a quoted file ends its quotation itself": [
      "\"~\".repeat(Math.max(5, longest + 1))",
      "\"~\".repeat(5)"
    ]
  }),
  ...mutants("src/telegram/media/internal/command.ts", ["test/Transcriber.test.ts"], {
    "fresh: the name of a recording is read by the shell": [
      "const quoted = Result.getOrElse(CommandLine.quote(file), () => \"''\")",
      "const quoted = file"
    ]
  }),
  ...mutants("src/telegram/media/Media.ts", ["test/Shrink.test.ts"], {
    "media: the camera is not asked how it was held": [
      "format === \"jpeg\" ? Picture.orientation(still) : 1",
      "1"
    ],
    "media: what stays too large is sent": [" || outcome.bytes.length > maxPictureSize", ""],
    "media: too many bytes are no reason": ["if (!isWide && still.length <= maxPictureSize)", "if (!isWide)"]
  }),
  ...mutants("src/telegram/media/internal/shrink.ts", ["test/Media.test.ts"], {
    "media: pictures of any size are unfolded": ["width * height <= mostPixels", "width * height > 0"]
  }),
  ...mutants("src/telegram/media/internal/shrinkWorker.ts", ["test/Shrink.test.ts"], {
    "media: what can be seen through is black": ["255 * (255 - alpha)", "0 * (255 - alpha)"]
  }),
  ...mutants("src/telegram/media/Media.ts", ["test/MediaBounds.test.ts"], {
    "closed: a letter is a byte": [
      "characters * 3",
      "characters * 1"
    ],
    "closed: a video message is downloaded for nobody": [
      " || kind === \"videoNote\"",
      ""
    ],
    "closed: a film is listened to": [
      "(extension === \"mp4\" || extension === \"webm\")",
      "(extension === \"mp4\")"
    ],
    "closed: a download that hangs takes all the time": [
      "const longestAttempt = \"1 minute\"",
      "const longestAttempt = \"10 minutes\""
    ],
    "closed: the last byte of ten megabytes is too many": [
      "bytes.length > budget.pictures",
      "bytes.length >= budget.pictures"
    ],
    "closed: a text is cut in the middle of a letter": [
      "clipped(content, budget.text)",
      "content.slice(0, budget.text)"
    ],
    "closed: what cannot be taken is downloaded whole": [
      "        return 0\n",
      "        return Infinity\n"
    ],
    "closed: a download is tried once more": [
      "backoff({ base: \"500 millis\", times: 2, longest: \"10 seconds\" })",
      "backoff({ base: \"500 millis\", times: 3, longest: \"10 seconds\" })"
    ],
    "closed: an eleventh file is left out without a word": [
      "...(left > 0 ?",
      "...(left > 1 ?"
    ]
  }),
  ...mutants("src/telegram/media/Transcriber.ts", ["test/Transcriber.test.ts"], {
    "closed: a busy transcriber has refused": [
      "status === 429 || status >= 500",
      "status >= 500"
    ],
    "closed: silence is the owner's trouble": [
      "reason === \"silence\"\n            ? Effect.void\n            :",
      "reason === \"none\"\n            ? Effect.void\n            :"
    ],
    "closed: who waits has less time": [
      "permits.withPermit(\n        listen(speech).pipe(\n          Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(failed(\"timeout\")) })\n        )\n      )",
      "permits.withPermit(\n        listen(speech)\n      ).pipe(Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(failed(\"timeout\")) }))"
    ]
  }),
  ...mutants("src/telegram/media/internal/quoted.ts", ["test/TextBytes.test.ts"], {
    "closed: a fence is as long as the last one in it": [
      "Math.max(longest, run.length)",
      "run.length"
    ]
  }),
  ...mutants("src/telegram/internal/textBytes.ts", ["test/TextBytes.test.ts"], {
    "closed: a text may be a tenth of controls": [
      "const mostControls = 0.01",
      "const mostControls = 0.1"
    ],
    "closed: a text turns around what stands beside it": [
      "\\u202a-\\u202e",
      ""
    ]
  })
]
