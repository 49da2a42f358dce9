// Rows of our own with a label each: good where the answer does what the task asks and is right, bad where it copies, loops, leaks a label,
// invents or answers something else. Bad answers are of the sorts that a tiny model writes.
const row = (good: boolean, instruction: string, input: string, output: string) => ({ good, instruction, input, output });

export const labelledRows = [
  row(true, "List every disease in the sentence.", "She was treated for asthma and later for gout.", "asthma, gout"),
  row(false, "List every disease in the sentence.", "She was treated for asthma and later for gout.", "no"),
  row(true, "Name the drug that was stopped.", "Warfarin was stopped and apixaban was begun.", "Warfarin"),
  row(false, "Name the drug that was stopped.", "Warfarin was stopped and apixaban was begun.", "insulin"),
  row(true, "Does the text report a side effect? Answer yes or no.", "Two patients had nausea after the dose.", "yes"),
  row(false, "Does the text report a side effect? Answer yes or no.", "Two patients had nausea after the dose.", "no"),
  row(true, "Which organ is affected?", "The scan showed a stone in the left kidney.", "the left kidney"),
  row(false, "Which organ is affected?", "The scan showed a stone in the left kidney.", "the lungs and the lungs and the lungs"),
  row(
    true,
    "Summarise the finding in a few words.",
    "Sleep was longer in the group that walked each day.",
    "Daily walking lengthened sleep.",
  ),
  row(
    false,
    "Summarise the finding in a few words.",
    "Sleep was longer in the group that walked each day.",
    "The patient has diabetes.",
  ),
  row(true, "How many patients left the study?", "Of 40 patients, three left the study early.", "three"),
  row(
    false,
    "How many patients left the study?",
    "Of 40 patients, three left the study early.",
    "Of 40 patients, three left the study early.",
  ),
  row(true, "Expand the abbreviation.", "The MRI (magnetic resonance imaging) was normal.", "magnetic resonance imaging"),
  row(false, "Expand the abbreviation.", "The MRI (magnetic resonance imaging) was normal.", "MRI MRI MRI"),
  row(true, "Is the dose given per day or per week?", "Take 10 mg of methotrexate once a week.", "per week"),
  row(false, "Is the dose given per day or per week?", "Take 10 mg of methotrexate once a week.", "per day"),
  row(true, "Explain the term to a patient.", "hypertension", "Blood pressure that is too high."),
  row(false, "Explain the term to a patient.", "hypertension", "A broken bone in the foot."),
  row(true, "Which gene carries the variant?", "A new variant of CFTR was found in two brothers.", "CFTR"),
  row(false, "Which gene carries the variant?", "A new variant of CFTR was found in two brothers.", "TP53"),
  row(true, "State the sentiment of the headline.", "Shares of the mill fall by a third after the fire.", "negative"),
  row(false, "State the sentiment of the headline.", "Shares of the mill fall by a third after the fire.", "positive"),
  row(true, "Give the new price.", "The price of 80 euros was cut by half.", "40 euros"),
  row(false, "Give the new price.", "The price of 80 euros was cut by half.", "The price the price the price"),
].map((labelled, number) => ({ id: `row-${number}`, ...labelled }));

export const labels = Object.fromEntries(labelledRows.map(({ id, good }) => [id, good]));
