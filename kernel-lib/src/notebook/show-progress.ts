// Progress in a cell: one output for a whole run, a line a stage, replaced as events come. Durations stand in <time> elements, which the
// normal form of a committed notebook empties.
import { escapeHtml, formatSeconds } from "../report/index.js";
import { clock, type OnProgress, type ProgressEvent } from "../runtime/index.js";
import { type Bundle, insideKernel, liveDisplay } from "./display.js";
import { sparkline } from "./sparkline.js";

interface Stage {
  last: ProgressEvent;
  losses: number[];
}

const marks = { started: "▸", running: "▸", finished: "✓" } as const;
/** Milliseconds between two drawings of a running stage; its start and end are always drawn. */
const redrawInterval = 150;

const counts = ({ done, total, unit }: ProgressEvent): string =>
  done === undefined ? "" : `${done}${total === undefined ? "" : `/${total}`}${unit ? ` ${unit}` : ""}`;

function bar({ done, total, state }: ProgressEvent): string {
  if (total === undefined && state !== "finished") return "";
  const share = state === "finished" ? 1 : Math.min(1, (done ?? 0) / Math.max(1, total ?? 1));
  const filled = `<span style="display:block;width:${Math.round(share * 100)}%;height:100%;background:#009e73"></span>`;
  return `<span style="display:inline-block;width:9em;height:.7em;border:1px solid #8888">${filled}</span>`;
}

function htmlRow({ last, losses }: Stage): string {
  const time =
    last.state === "finished"
      ? formatSeconds(last.seconds)
      : last.secondsLeft === undefined
        ? ""
        : `${formatSeconds(last.secondsLeft)} left`;
  const cells = [
    marks[last.state],
    escapeHtml(last.stage),
    bar(last),
    escapeHtml(counts(last)),
    escapeHtml(last.message ?? ""),
    `<time>${time}</time>`,
  ];
  const row = `<tr>${cells.map((cell) => `<td style="text-align:left;padding:1px 8px">${cell}</td>`).join("")}</tr>`;
  const curve = sparkline(losses, "loss");
  return curve === "" ? row : `${row}<tr><td></td><td colspan="5" style="text-align:left">${curve}</td></tr>`;
}

const textLine = ({ last }: Stage): string =>
  [marks[last.state], last.stage, counts(last), last.message ?? ""].filter(Boolean).join("  ");

function bundleOf(stages: readonly Stage[]): Bundle {
  return {
    "text/html": `<table style="border-collapse:collapse">${stages.map(htmlRow).join("")}</table>`,
    "text/plain": stages.map(textLine).join("\n"),
  };
}

/** Merges an event into what is known of its stage: the end of a stage keeps the counts of its last report. */
function merge(stage: Stage | undefined, event: ProgressEvent): Stage {
  const { done, total, unit, message } = stage?.last ?? {};
  const known = {
    ...(done !== undefined && { done }),
    ...(total !== undefined && { total }),
    ...(unit !== undefined && { unit }),
    ...(message !== undefined && { message }),
  };
  const last = event.state === "finished" ? { ...known, ...event } : event;
  const loss = event.point?.loss;
  return { last, losses: [...(event.state === "started" ? [] : (stage?.losses ?? [])), ...(loss === undefined ? [] : [loss])] };
}

/**
 * A listener that shows a run's progress: live in a notebook (bar, counts, time left, loss curve); elsewhere a line for each finished
 * stage on stderr.
 */
export function showProgress(): OnProgress {
  const stages = new Map<string, Stage>();
  const draw = liveDisplay();
  let drawnAt = Number.NEGATIVE_INFINITY;
  return (event) => {
    const stage = merge(stages.get(event.stage), event);
    stages.set(event.stage, stage);
    if (!insideKernel()) {
      if (event.state === "finished") process.stderr.write(`${textLine(stage)}  ${formatSeconds(event.seconds)}\n`);
      return;
    }
    if (event.state === "running" && clock.elapsed() - drawnAt < redrawInterval) return;
    drawnAt = clock.elapsed();
    draw(bundleOf([...stages.values()]));
  };
}
