export { examine, type Finding } from "./doctor.js";
export { type Purpose, purposes, type StepOutcome, setUp } from "./set-up.js";
