// Bundles every static/src/<feature>/page.ts and the style sheet into static/dist, with digests in the names; then the
// desk's service worker, which knows every file that the desk's page can ask for.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawIcon } from "./icons.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const fresh = join(here, `dist.new-${process.pid}`);
const features = readdirSync(join(here, "src")).filter((name) => existsSync(join(here, "src", name, "page.ts")));
const entryPoints = [
  ...features.map((name) => ({ in: join(here, "src", name, "page.ts"), out: name })),
  { in: join(here, "css", "main.css"), out: "main" },
];

mkdirSync(fresh, { recursive: true });
process.on("exit", () => rmSync(fresh, { recursive: true, force: true }));
const result = await build({
  entryPoints,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  metafile: true,
  outdir: fresh,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".woff": "empty" },
  publicPath: "/static/dist",
  logLevel: "warning",
});

const manifest = {};
for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
  // What is loaded at need (`import()`) is an entry point too, and nothing a template asks for.
  if (entryPoint?.endsWith("page.ts")) manifest[`${basename(dirname(entryPoint))}.js`] = basename(output);
  if (entryPoint?.endsWith("main.css")) manifest["main.css"] = basename(output);
}
/** Put a file that no bundle holds beside the others, under a name with its digest. */
function add(name, bytes) {
  const [stem, ending] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf("."))];
  manifest[name] = `${stem}-${digest(bytes)}${ending}`;
  writeFileSync(join(fresh, manifest[name]), bytes);
}

function digest(bytes) {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 8);
}

// The QR decoder's WebAssembly must be of the very version its loader was built with.
add("zxing_reader.wasm", readFileSync(join(here, "..", "node_modules", "zxing-wasm", "dist", "reader", "zxing_reader.wasm")));
add("icon-180.png", drawIcon(180, true));
add("icon-192.png", drawIcon(192));
add("icon-512.png", drawIcon(512));
add("icon-512-full.png", drawIcon(512, true));

/** An output and everything it can load, at once or at need. */
function reach(output, found = new Set()) {
  if (found.has(output)) return found;
  found.add(output);
  for (const { path, external } of result.metafile.outputs[output].imports) if (!external) reach(path, found);
  return found;
}

const outputs = Object.keys(result.metafile.outputs);
const entries = ["app.js", "desk.js", "main.css"].map((name) => outputs.find((output) => basename(output) === manifest[name]));
const bundled = new Set(entries.flatMap((entry) => [...reach(entry)].map((output) => basename(output))));
const files = [...[...bundled].sort(), manifest["zxing_reader.wasm"], manifest["icon-192.png"]].map((name) => `/static/dist/${name}`).concat("/static/icon.svg");
manifest.release = digest(JSON.stringify([files, readFileSync(join(here, "icon.svg"), "utf8")]));
await build({
  entryPoints: [join(here, "src", "desk", "sw.ts")],
  bundle: true,
  format: "iife",
  target: "es2022",
  minify: true,
  define: { RELEASE: JSON.stringify(manifest.release), FILES: JSON.stringify(files) },
  outfile: join(fresh, "sw.js"),
  logLevel: "warning",
});
writeFileSync(join(fresh, "manifest.json"), JSON.stringify(manifest, null, 1));
// A server that starts meanwhile finds the old files or the new ones, never half of them.
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
