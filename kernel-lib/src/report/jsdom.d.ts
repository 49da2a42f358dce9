// The little of jsdom that the fallback renderer uses; jsdom ships no types.
declare module "jsdom" {
  export class JSDOM {
    constructor(html: string, options: { runScripts: "outside-only"; pretendToBeVisual: boolean });
    readonly window: Window & typeof globalThis & { eval(code: string): unknown; Plotly: unknown };
  }
}
