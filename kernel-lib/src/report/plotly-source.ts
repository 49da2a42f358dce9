// Where plotly.js lies and what of it is called. It is a browser script of 4.8 MB: read when a renderer opens, never imported by Node.
import { createRequire } from "node:module";

export const plotlySourcePath = (): string => createRequire(import.meta.url).resolve("plotly.js-dist-min");

/** The one function that both renderers call; answers a data URI. */
export interface PlotlyDrawer {
  toImage(figure: unknown, options: { format: "svg" | "png"; width: number; height: number; scale?: number }): Promise<string>;
}
