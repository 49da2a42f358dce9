// Turns a figure's specification into SVG and PNG. Chromium where there is one; else jsdom with resvg, which says its name and refuses
// what it cannot draw.

import { findChromium } from "./chromium.js";
import type { Figure } from "./figure.js";

export interface DrawnFigure {
  /** As Plotly wrote it: ids still random. */
  svg: string;
  png: Uint8Array;
}

export interface Renderer {
  /** "chromium" or "jsdom+resvg": what a caption or a log says. */
  readonly name: string;
  /** @param pngScale PNG pixels a CSS pixel. */
  draw(figure: Figure, pngScale: number): Promise<DrawnFigure>;
  close(): Promise<void>;
}

/** Opens the best renderer of this machine; the caller closes it. */
export async function openRenderer(): Promise<Renderer> {
  const executable = findChromium();
  if (executable === undefined) return (await import("./jsdom-renderer.js")).openJsdomRenderer();
  return (await import("./chromium-renderer.js")).openChromiumRenderer(executable);
}
