/**
 * What the doors of the package let out: every public export has a docstring, `@since` and `@category`.
 *
 * `node scripts/surface.ts` names those that lack something and then ends with 1; `--list` shows the whole surface, by
 * door, module and category. Doors are those of package.json; names are followed to where they are declared.
 */
import { parseSync } from "@babel/core"
import { readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { argv, exit } from "node:process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../", import.meta.url))

const categories = ["models", "services", "layers", "constructors", "combinators", "errors", "config", "guards"]

/** A place where a name is declared; a schema and its type are two of them. */
interface Place {
  readonly file: string
  readonly line: number
  /** Without stars; empty when there is none. */
  readonly doc: string
}

interface Exported {
  readonly door: string
  /** As users write it, e.g. `Codex.layer`. */
  readonly name: string
  readonly places: ReadonlyArray<Place>
}

type Statement = any

const parsed = new Map<string, ReadonlyArray<Statement>>()
const statementsOf = (file: string): ReadonlyArray<Statement> => {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const ast = parseSync(readFileSync(file, "utf8"), {
    babelrc: false,
    configFile: false,
    parserOpts: { plugins: ["typescript"], sourceType: "module" }
  })
  const statements = ast.program.body
  parsed.set(file, statements)
  return statements
}

const docOf = (node: Statement): string => {
  const last = node.leadingComments?.at(-1)
  // The header of a file is not the docstring of what follows it.
  const isHeader = node.start === undefined || last === undefined || last.type !== "CommentBlock" ||
    !last.value.startsWith("*") || node.loc.start.line - last.loc.end.line > 1
  return isHeader ? "" : last.value.replace(/^\*|^\s*\* ?/gm, "").trim()
}

const placeOf = (file: string, node: Statement, commented: Statement = node): Place => ({
  file: relative(root, file),
  line: node.loc.start.line,
  doc: docOf(commented)
})

const namesIn = (declaration: Statement): ReadonlyArray<string> =>
  declaration.type === "VariableDeclaration"
    ? declaration.declarations.map((each: Statement) => each.id.name)
    : [declaration.id?.name ?? declaration.id?.value ?? "?"]

const resolved = (file: string, from: string): string | undefined =>
  from.startsWith(".") ? join(dirname(file), from) : undefined

/** The exports of a module: the name, and where it is declared or which module it stands for. */
const exportsOf = (file: string): ReadonlyMap<string, ReadonlyArray<Place>> => {
  const found = new Map<string, ReadonlyArray<Place>>()
  const add = (name: string, places: ReadonlyArray<Place>) => found.set(name, [...found.get(name) ?? [], ...places])
  const statements = statementsOf(file)
  const addModule = (name: string, module: string | undefined, own: Place) => {
    add(name, [own])
    if (module === undefined) return
    for (const [member, places] of exportsOf(module)) add(`${name}.${member}`, places)
  }
  for (const node of statements) {
    const source: string | undefined = node.source?.value
    const module = source === undefined ? undefined : resolved(file, source)
    if (node.type === "ExportAllDeclaration" && module !== undefined) {
      for (const [name, places] of exportsOf(module)) add(name, places)
    }
    if (node.type !== "ExportNamedDeclaration") continue
    if (node.declaration) {
      for (const name of namesIn(node.declaration)) {
        // Behind its overloads, the function itself is seen by nobody.
        const isHidden = node.declaration.type === "FunctionDeclaration" && found.has(name)
        if (!isHidden) add(name, [placeOf(file, node)])
      }
    }
    for (const specifier of node.specifiers) {
      const name: string = specifier.exported.name ?? specifier.exported.value
      if (specifier.type === "ExportNamespaceSpecifier") {
        addModule(name, module, placeOf(file, node))
        continue
      }
      const local: string = specifier.local.name
      if (module !== undefined) {
        add(name, exportsOf(module).get(local) ?? [placeOf(file, node)])
        continue
      }
      const own = statements.find((each) => namesOf(each).includes(local))
      const isModule = own?.type === "ImportDeclaration" &&
        own.specifiers.some((each: Statement) => each.local.name === local && each.type === "ImportNamespaceSpecifier")
      if (isModule) addModule(name, resolved(file, own.source.value), placeOf(file, node, specifier))
      else add(name, [placeOf(file, own ?? node)])
    }
  }
  return found
}

const namesOf = (node: Statement): ReadonlyArray<string> =>
  node.type === "ImportDeclaration"
    ? node.specifiers.map((each: Statement) => each.local.name)
    : node.type.endsWith("Declaration") && !node.type.startsWith("Export")
    ? namesIn(node)
    : []

const doors = Object.entries<{ readonly "effect-codex-source"?: string } | string | null>(
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports
).flatMap(([door, target]) => {
  const file = typeof target === "object" ? target?.["effect-codex-source"] : undefined
  return file?.endsWith(".ts") && !file.endsWith(".d.ts") ? [{ door, file: join(root, file) }] : []
})

const surface: ReadonlyArray<Exported> = doors.flatMap(({ door, file }) =>
  [...exportsOf(file)].map(([name, places]) => ({ door, name, places }))
)

const isModuleOf = ({ door, name }: Exported): boolean =>
  surface.some((other) => other.door === door && other.name.startsWith(`${name}.`))

const tag = (doc: string, name: string): string | undefined => new RegExp(`^@${name} (.+)$`, "m").exec(doc)?.[1]?.trim()

/** What an export lacks. A module has a docstring at its door; a schema tells its tags once, for the type too. */
const lacking = (exported: Exported): ReadonlyArray<string> => {
  const docs = exported.places.map(({ doc }) => doc)
  const isTold = docs.every((doc) => /^[^@\s]/.test(doc))
  if (isModuleOf(exported)) return isTold ? [] : ["docstring"]
  const category = docs.map((doc) => tag(doc, "category")).find((found) => found !== undefined)
  return [
    ...isTold ? [] : ["docstring"],
    ...docs.some((doc) => tag(doc, "since") !== undefined) ? [] : ["@since"],
    ...category === undefined
      ? ["@category"]
      : categories.includes(category)
      ? []
      : [`one of our categories instead of ${category}`]
  ]
}

if (argv.includes("--list")) {
  for (const exported of surface) {
    const doc = exported.places.map(({ doc }) => doc).find((doc) => doc !== "") ?? ""
    const category = tag(doc, "category") ?? (isModuleOf(exported) ? "module" : "?")
    const sentence = doc.split("\n@")[0]?.replace(/\s+/g, " ").trim() ?? ""
    console.log(`${exported.door.padEnd(20)} ${category.padEnd(12)} ${exported.name}: ${sentence}`)
  }
  console.log(`\n${surface.length} exports behind ${doors.length} doors`)
  exit(0)
}

const faults = new Map<string, string>()
for (const exported of surface) {
  const missing = lacking(exported)
  const [place] = exported.places
  if (missing.length > 0 && place !== undefined) {
    faults.set(`${place.file}:${place.line}`, `${exported.name} lacks ${missing.join(", ")}`)
  }
}
for (const [place, fault] of faults) console.log(`${place}  ${fault}`)
console.log(`\n${faults.size} of ${new Set(surface.map(({ name }) => name)).size} public exports lack something`)
exit(faults.size === 0 ? 0 : 1)
