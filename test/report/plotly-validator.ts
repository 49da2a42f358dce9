// Plotly's own check of a specification, in its own realm: it does not know another realm's objects for objects.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { JSDOM } from "jsdom";

/** Returns the problems that Plotly finds in a figure. */
export function plotlyValidator(): (figure: unknown) => string[] {
  const { window } = new JSDOM("<!doctype html>", { runScripts: "outside-only", pretendToBeVisual: true });
  window.URL.createObjectURL = () => "blob:";
  window.HTMLCanvasElement.prototype.getContext = () => null;
  window.eval(readFileSync(createRequire(import.meta.url).resolve("plotly.js-dist-min"), "utf8"));
  const validate = window.eval(
    "(json) => { const { data, layout } = JSON.parse(json); return (Plotly.validate(data, layout) ?? []).map((problem) => problem.msg); }",
  ) as unknown as (json: string) => string[];
  return (figure) => [...validate(JSON.stringify(figure))];
}
