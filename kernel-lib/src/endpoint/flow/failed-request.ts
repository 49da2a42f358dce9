// One request that failed while the server is well: a stage counts it as a failed row and goes on. Every other error of an endpoint ends
// the stage.
import { type Complaint, InputError } from "../../runtime/index.js";
import type { FailureClass } from "./classify-failure.js";

export class FailedRequest extends InputError {
  readonly failureClass: FailureClass;
  /** The HTTP status, where there was a reply. */
  readonly status: number | undefined;
  constructor(complaint: Complaint, details: { failureClass: FailureClass; status?: number | undefined }) {
    super(complaint);
    this.name = "FailedRequest";
    this.failureClass = details.failureClass;
    this.status = details.status;
  }
}
