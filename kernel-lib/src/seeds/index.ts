export { loadSeeds } from "./load.js";
export { type Domain, domains, type Seed, seedSchema } from "./seed.js";
export { countTaskKinds, nestedSubset } from "./subset.js";
