// Writes a figure as three files: its specification, the drawing, the picture. The same figure gives the same bytes.
import { join } from "node:path";
import { InputError, sha256, writeAtomic } from "../runtime/index.js";
import { type Figure, roundNumbers } from "./figure.js";
import { openRenderer, type Renderer } from "./renderer.js";

export interface RenderedFigure {
  name: string;
  /** Which renderer drew it. */
  renderer: string;
  /** With ids derived from the name, so that several fit into one document. */
  svg: string;
  png: Uint8Array;
  /** The rounded specification. */
  figure: Figure;
  files: { json: string; svg: string; png: string };
}

/** Plotly gives each drawing, and each line in it, six random hex digits; these come from the name and the order instead. */
export function stableIds(svg: string, name: string): string {
  const random = /id="(?:top)?defs-([0-9a-f]{6})"/.exec(svg)?.[1];
  let traces = 0;
  const named = random === undefined ? svg : svg.replaceAll(random, sha256(name).slice(0, 6));
  return named.replace(/(class="trace scatter trace)[0-9a-f]{6}"/g, (_, start: string) => `${start}${traces++}"`);
}

/**
 * Draws and writes `<directory>/<name>.json`, `.svg` and `.png`.
 * @param options.renderer an open renderer, to draw several figures with one; by default one is opened and closed.
 * @param options.pngScale PNG pixels a CSS pixel; default 2.
 * @throws InputError for a name that is not kebab-case; RunError when the fallback renderer cannot draw a trace.
 */
export async function renderFigure(options: {
  name: string;
  figure: Figure;
  directory: string;
  renderer?: Renderer;
  pngScale?: number;
}): Promise<RenderedFigure> {
  const { name, directory } = options;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw new InputError({ got: `figure name "${name}"`, allowed: "kebab-case, such as loss-curve" });
  const renderer = options.renderer ?? (await openRenderer());
  try {
    const figure = roundNumbers(options.figure as never) as unknown as Figure;
    const drawn = await renderer.draw(figure, options.pngScale ?? 2);
    const svg = stableIds(drawn.svg, name);
    const files = {
      json: join(directory, `${name}.json`),
      svg: join(directory, `${name}.svg`),
      png: join(directory, `${name}.png`),
    };
    writeAtomic(files.json, `${JSON.stringify(figure, null, 1)}\n`);
    writeAtomic(files.svg, svg.endsWith("\n") ? svg : `${svg}\n`);
    writeAtomic(files.png, drawn.png);
    return { name, renderer: renderer.name, svg, png: drawn.png, figure, files };
  } finally {
    if (!options.renderer) await renderer.close();
  }
}
