// How long a server asks its callers to wait, in the forms that are in use: retry-after in seconds or as a date (RFC 9110, 10.2.3),
// retry-after-ms, and OpenAI's x-ratelimit-remaining-* with x-ratelimit-reset-*.
import { clock } from "../../runtime/index.js";

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of "250ms", "1.5s", "6m0s", "1h2m3s" or a bare number of seconds. */
export function durationSeconds(text: string): number | undefined {
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text.trim()) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitSeconds[unit!]!, 0);
}

/** Seconds until a limit that is used up is renewed; undefined where nothing is used up or nothing is said. */
export function resetSeconds(headers: Headers): number | undefined {
  const waits = ["requests", "tokens"]
    .filter((what) => Number(headers.get(`x-ratelimit-remaining-${what}`) ?? "1") <= 0)
    .map((what) => durationSeconds(headers.get(`x-ratelimit-reset-${what}`) ?? ""))
    .filter((seconds) => seconds !== undefined);
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

function retryAfterSeconds(headers: Headers): number | undefined {
  const milliseconds = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (Number.isFinite(milliseconds)) return milliseconds / 1000;
  const said = headers.get("retry-after");
  if (said === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(said)) return Number(said);
  // The server's own date is the other end of the wait: the two machines' clocks need not agree.
  const seconds = (Date.parse(said) - Date.parse(headers.get("date") ?? clock.isoDate())) / 1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** Seconds to wait after a refusal, never negative; undefined where the server does not say. */
export function waitHintSeconds(headers: Headers | undefined): number | undefined {
  if (!headers) return undefined;
  const seconds = retryAfterSeconds(headers) ?? resetSeconds(headers);
  return seconds === undefined ? undefined : Math.max(0, seconds);
}
