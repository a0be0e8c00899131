// Builds static/vendor/ from node_modules: Bootstrap's CSS, our ECharts bundle, the icon sprite.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { build } from "esbuild";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const modules = path.join(root, "node_modules");
const out = path.join(root, "static/vendor");

/** One <symbol> from one Tabler outline icon; the strokes follow the text colour. */
async function symbol(name) {
  const source = path.join(modules, "@tabler/icons/icons/outline", `${name}.svg`);
  const svg = await readFile(source, "utf8");
  const body = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s*\n\s*/g, "");
  return (
    `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
    `stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`
  );
}

async function sprite() {
  const list = await readFile(path.join(root, "scripts/icons.txt"), "utf8");
  const symbols = await Promise.all(list.split(/\s+/).filter(Boolean).map(symbol));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
  await writeFile(path.join(out, "icons.svg"), svg);
}

/** Bootstrap without its pointer to a source map, which a strict static storage would look for. */
async function bootstrap() {
  const css = await readFile(path.join(modules, "bootstrap/dist/css/bootstrap.min.css"), "utf8");
  await writeFile(path.join(out, "bootstrap.min.css"), css.replace(/\/\*# sourceMappingURL=.*?\*\//, ""));
  await copyFile(path.join(modules, "bootstrap/LICENSE"), path.join(out, "bootstrap.LICENSE.txt"));
}

async function charts() {
  await build({
    entryPoints: [path.join(root, "scripts/assets/echarts.js")],
    outfile: path.join(out, "echarts.min.js"),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2018",
    legalComments: "eof",
    logLevel: "warning",
  });
}

await mkdir(out, { recursive: true });
await Promise.all([sprite(), bootstrap(), charts()]);
