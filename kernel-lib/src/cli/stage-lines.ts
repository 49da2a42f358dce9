// Shows progress events in a terminal: a finished stage is a line with its time, the running one a bar that redraws itself.
// Where stderr is no terminal, a running stage prints a line every fifteen seconds instead.
import type { OnProgress, ProgressEvent } from "../runtime/index.js";

const barWidth = 14;

/** 75 → "1:15", 3700 → "1:01:40". */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}` : `${m}:${String(s).padStart(2, "0")}`;
}

const bar = (share: number): string => "█".repeat(Math.round(share * barWidth)).padEnd(barWidth, "░");

export function stageLine(event: ProgressEvent): string {
  const name = event.stage.padEnd(22);
  if (event.state === "finished")
    return ` ✓ ${name} ${(event.message ?? "").padEnd(64)} ${event.seconds < 60 ? `${event.seconds.toFixed(1)} s` : formatSeconds(event.seconds)}`;
  const counted = event.done !== undefined && event.total !== undefined;
  const parts = [
    counted && `${event.done}/${event.total} ${event.unit ?? ""}`.trim(),
    event.message,
    event.secondsLeft !== undefined && `${formatSeconds(event.secondsLeft)} left`,
  ].filter(Boolean);
  return ` ▸ ${name} ${counted ? `${bar(Math.min(1, event.done! / Math.max(1, event.total!)))}  ` : ""}${parts.join(" · ")}`;
}

/** The listener to hand to a run; lines go to `stream`. */
export function stageLines(stream: NodeJS.WriteStream = process.stderr): OnProgress {
  let lastLine = 0;
  return (event) => {
    if (stream.isTTY) {
      const line = stageLine(event);
      stream.write(`\r\x1b[2K${event.state === "finished" ? `${line}\n` : line.slice(0, (stream.columns ?? 120) - 1)}`);
      return;
    }
    if (event.state === "running" && event.seconds - lastLine < 15) return;
    if (event.state === "started") lastLine = 0;
    else lastLine = event.seconds;
    if (event.state !== "started") stream.write(`${stageLine(event)}\n`);
  };
}
