/**
 * Pictures, files, voice, broken by name.
 */
import { type Mutant, mutants } from "./mutant.ts"

/** All of it. */
export const all: ReadonlyArray<Mutant> = [
  ...mutants("src/telegram/media/internal/thread.ts", ["test/Media.test.ts"], {
    "fresh 5: a PDF that takes too long is read on": [
      "(worker) => Effect.promise(() => worker.terminate())",
      "(_worker) => Effect.void"
    ]
  }),
  ...mutants("src/telegram/media/Media.ts", ["test/Media.test.ts"], {
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
  })
]
