/**
 * What docs/settings.md prints: every setting with its variable and default, read from the sources.
 *
 * A setting is written once: as a field of a service's `Options`, whose docstring ends with "Default: …", and in the
 * `config` beside it. A new service with both is found by itself.
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../src/", import.meta.url))
const text = (path: string): string => readFileSync(join(root, path), "utf8")

interface Setting {
  readonly name: string
  readonly says: string
  readonly standard: string
}

// dprint lays the sources out, so a line that begins in column 0 with `}` ends an interface.
const declaration = (source: string, name: string): { readonly doc: string; readonly code: string } | undefined => {
  const { 1: doc = "", 2: code } = new RegExp(
    `(?:/\\*\\*((?:(?!\\*/)[^])*)\\*/\\n)?^(?:export )?((?:interface ${name}\\b[^]*?(?:^\\}|\\{\\}$)|type ${name}\\b[^]*?(?=\\n\\n|\\n/\\*\\*)))`,
    "m"
  ).exec(source) ?? []
  return code === undefined ? undefined : { doc, code }
}

const sentence = (doc: string): string =>
  doc.replace(/\n\s*@[^]*/, "").split(/\n\s*\*\s*\n/)[0]?.replaceAll(/\s*\n\s*\*\s*/g, " ").replace(/^[\s*]+/, "")
    .trim() ?? ""

const setting = (name: string, doc: string): Setting => {
  const [says = "", standard = ""] = sentence(doc).split(/\s*\bDefault: /)
  return { name, says, standard: standard.replace(/\.$/, "") }
}

const fields = (code: string, fallback: string): ReadonlyArray<Setting> =>
  [...code.matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s*)?^ +(?:readonly )?(\w+)\??: /gm)].map(([, doc, name = ""]) =>
    setting(name, doc ?? fallback)
  )

/** The words before the body of an interface, or all of a type: what they name is part of it. */
const heads = (code: string): string =>
  code.startsWith("interface") ? /^[^{]*/.exec(code)?.[0] ?? "" : code.replaceAll(/\{[^]*?\n\s*\}/g, "")

/** The fields of an interface or type, with those of what it extends or joins. */
const gather = (path: string, name: string): ReadonlyArray<Setting> => {
  const source = text(path)
  const found = declaration(source, name)
  if (found === undefined) throw new Error(`${path} has no ${name}.`)
  const head = heads(found.code).replace(new RegExp(`^(interface|type) ${name}\\b`), "")
  const omitted = new Set(
    [...head.matchAll(/Omit<[\w.]+, ([^>]+)>/g)].flatMap(([, keys = ""]) =>
      [...(declaration(source, keys.trim())?.code ?? keys).matchAll(/"(\w+)"/g)].map(([, key]) => key)
    )
  )
  const inherited = [...head.replaceAll(/(?<=Omit<[\w.]+), [^>]+/g, "").matchAll(/(?:\b(\w+)\.)?\b([A-Z]\w+)\b/g)]
    .filter(({ 2: type }) => type !== "Omit" && type !== "ReadonlyArray")
    .flatMap(([, module, type = ""]) => {
      if (module === undefined) return declaration(source, type) === undefined ? [] : gather(path, type)
      const { 1: from } = new RegExp(`import (?:type )?\\* as ${module} from "(\\.[^"]+)"`).exec(source) ?? []
      return from === undefined ? [] : gather(join(dirname(path), from), type)
    })
    .filter((setting) => !omitted.has(setting.name))
  // The fields of a type may have no words of their own; then those of the type are theirs.
  const own = fields(found.code, found.code.startsWith("type") ? sentence(found.doc) : "")
  return own.concat(inherited)
    .filter(({ name }, index, all) => all.findIndex((other) => other.name === name) === index)
}

/** The variable of each setting, from the `config` of a module. */
const variablesOf = (path: string): Readonly<Record<string, string>> => {
  const source = text(path)
  const { 1: body = "" } = /^export const config\w*[^]*?Config\.all\(\{([^]*?)(?:^\}\)| \}\)$)/m.exec(source) ?? []
  return Object.fromEntries(
    [...body.matchAll(/(\w+): ((?:(?!,\s+\w+: )[^])*)/g)].flatMap(([, name = "", expression = ""]) => {
      const said = /"([A-Z][A-Z_]+)"/.exec(expression)?.[1] ??
        // A `Config` with a name of its own.
        new RegExp(`const ${expression.trim().replace(/,$/, "")}\\b[^]*?"([A-Z][A-Z_]+)"`).exec(source)?.[1]
      return said === undefined ? [] : [[name, said]]
    })
  )
}

// What is composed comes last: it has the settings of all floors, and perhaps one of its own.
const inFolder = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder)).filter((name) => name.endsWith(".ts")).map((name) => join(folder, name))

const modules: ReadonlyArray<string> = ["auth", "backend", "conversation", "telegram", ""].flatMap(inFolder)

const cell = (words: string): string => words.replaceAll("|", "\\|")

const table = (rows: ReadonlyArray<readonly [string, string | undefined, string, string]>): string =>
  rows.some(([, variable]) => variable !== undefined)
    ? [
      "| Setting | Variable | Default | |",
      "| --- | --- | --- | --- |",
      ...rows.map(([name, variable, standard, says]) =>
        `| \`${name}\` | ${variable === undefined ? "" : `\`${variable}\``} | ${cell(standard)} | ${cell(says)} |`
      )
    ].join("\n")
    : [
      "| Setting | Default | |",
      "| --- | --- | --- |",
      ...rows.map(([name, , standard, says]) => `| \`${name}\` | ${cell(standard)} | ${cell(says)} |`)
    ].join("\n")

const owner = (path: string): string => path === "CodexRooms.ts" ? "codexLive" : path.replace(/^.*\/|\.ts$/g, "")

/** Each service that has settings. One that several share is told with the first that says what it is. */
const services = modules.flatMap((path) => {
  const source = text(path)
  const type = path === "CodexRooms.ts" ? "Values" : "Options"
  const settles = type === "Values" || /^export const config\b/m.test(source)
  if (!settles || declaration(source, type) === undefined) return []
  return [{ path, settings: gather(path, type), variables: variablesOf(path) }]
})

const homeOf = (name: string): string | undefined => {
  const homes = services.flatMap(({ path, settings }) =>
    settings.filter((setting) => setting.name === name).map(({ says }) => ({ path, says }))
  )
  return (homes.find(({ says }) => says !== "") ?? homes[0])?.path
}

const told = (): string =>
  services.flatMap(({ path, settings, variables }) => {
    const own = settings.filter(({ name }) => homeOf(name) === path)
    const rows = own.map(({ name, says, standard }) => [name, variables[name], standard, says] as const)
    return own.length === 0 ? [] : [`### \`${owner(path)}\`\n\n${table(rows)}`]
  }).join("\n\n")

const options = (path: string, name: string): string =>
  table(gather(path, name).map(({ name, says, standard }) => [name, undefined, standard, says] as const))

/** The name of every setting of a service. */
export const names: ReadonlyArray<string> = [
  ...new Set(services.flatMap(({ settings }) => settings.map(({ name }) => name)))
]

/** Every variable that the library or the bot of `npm start` reads. */
export const variables: ReadonlyArray<string> = [
  ...new Set(
    [...modules, ...["cli", "cli/internal"].flatMap(inFolder)].map(text).flatMap(
      (source) => [...source.matchAll(/"((?:CODEX|TELEGRAM)_[A-Z_]+)"/g)].map(([, name = ""]) => name)
    )
  )
]

/** The printed parts of the page, by name. */
export const parts: Readonly<Record<string, string>> = {
  settings: told(),
  "codex options": options("telegram/promise/Options.ts", "CodexPluginOptions"),
  "codexProvider options": options("telegram/promise/Provider.ts", "CodexProviderOptions")
}
