export { generalSeedFile } from "./general-seeds.js";
export { domainOf, loadSeeds } from "./load.js";
export { type Domain, domains, type Seed, type SeedDomain, seedDomains, seedSchema } from "./seed.js";
export { countTaskKinds, nestedSubset } from "./subset.js";
