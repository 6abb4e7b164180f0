// Bundles every static/src/<feature>/page.ts and the style sheet into static/dist, with digests in the names.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const fresh = join(here, "dist.new");
const features = readdirSync(join(here, "src")).filter((name) => existsSync(join(here, "src", name, "page.ts")));
const entryPoints = [
  ...features.map((name) => ({ in: join(here, "src", name, "page.ts"), out: name })),
  { in: join(here, "css", "main.css"), out: "main" },
];

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
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
// The QR decoder's WebAssembly must be of the very version its loader was built with.
const wasm = readFileSync(join(here, "..", "node_modules", "zxing-wasm", "dist", "reader", "zxing_reader.wasm"));
manifest["zxing_reader.wasm"] = `zxing_reader-${createHash("sha256").update(wasm).digest("hex").slice(0, 8)}.wasm`;
writeFileSync(join(fresh, manifest["zxing_reader.wasm"]), wasm);
writeFileSync(join(fresh, "manifest.json"), JSON.stringify(manifest, null, 1));
// A server that starts meanwhile finds the old files or the new ones, never half of them.
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
