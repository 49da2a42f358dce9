// A file that is not the one the registry pins: refused, with both sums.
import { InputError, RunError } from "../runtime/index.js";

/** What was downloaded is not what was asked for; it is not used, and no other source is tried. */
export class ChecksumError extends RunError {
  constructor({ what, got, expected }: { what: string; got: string; expected: string }) {
    super({
      got: `${what} has the SHA-256 ${got}`,
      allowed: expected,
      todo: "it was not used; try again, or from another network",
    });
    this.name = "ChecksumError";
  }
}

/** A file that the user named or put there, which is therefore left alone. */
export function wrongChecksum(path: string, got: string, expected: string): InputError {
  return new InputError({
    got: `${path} has the SHA-256 ${got}`,
    allowed: expected,
    todo: "it was left as it is; move it away and fetch it again",
  });
}
