// Numeric match for financial questions: the same number, however it is written. After the execution accuracy of FinQA (Chen et al.
// 2021) and TAT-QA's scoring (Zhu et al. 2021), which compare values and not strings.
import { exactMatch } from "./token-f1.js";
import { readNumber, type WrittenNumber } from "./written-number.js";

/** Figures that a whole number must print to count as the rounded form of a longer one; a prediction needs them with decimals too. */
const leastFigures = 3;

/** Rounding lies half a step away at most; the rest is room for the binary fractions. */
const within = (distance: number, step: number, size: number): boolean => distance <= step / 2 + 1e-9 * Math.max(step, size);

/** By what the prediction is multiplied to be compared with the gold number. */
function readingsOf(prediction: WrittenNumber, gold: WrittenNumber): readonly number[] {
  if (prediction.percent === gold.percent) return [1];
  return gold.percent ? [1, 100] : [1, 0.01];
}

/** A gold number of one or two figures is a count or an exact amount: 3 is not 2.6 rounded. */
const mayBeRounded = (gold: WrittenNumber): boolean => gold.decimals > 0 || gold.significant >= leastFigures;

function sameNumber(prediction: WrittenNumber, gold: WrittenNumber): boolean {
  return readingsOf(prediction, gold).some((factor) => {
    const distance = Math.abs(prediction.value * factor - gold.value);
    const size = Math.abs(gold.value);
    if (within(distance, mayBeRounded(gold) ? gold.step : 0, size)) return true;
    return prediction.significant >= leastFigures && within(distance, prediction.step * factor, size);
  });
}

/**
 * 1 where the prediction is one of the gold numbers, else 0. Currency, thousands separators and the way a negative number is written
 * do not count; scale words do. The two may differ by half of the gold number's last printed digit where it has decimals or three
 * figures, so that 12.5 accepts 12.47 and 119 accepts 119.3; a shorter one (3, 40 %, 4 million) must be met exactly: of the 127 such
 * answers in TAT-QA's development questions one is rounded, and FinQA's all have decimals. Or, where the prediction prints three
 * figures or more, by half of its own last digit: it is then the gold number rounded. Where one of them alone has a percent sign,
 * "12.5 %" equals 12.5 (the sign left out) and 0.125 (the fraction). A gold answer that is no number (yes, a phrase) must be
 * matched exactly, as SQuAD normalises.
 */
export function numericMatch(options: { prediction: string; golds: readonly string[] }): number {
  const prediction = readNumber(options.prediction);
  const right = options.golds.some((answer) => {
    const gold = readNumber(answer);
    if (gold === null) return exactMatch({ prediction: options.prediction, golds: [answer] }) === 1;
    return prediction !== null && sameNumber(prediction, gold);
  });
  return Number(right);
}
