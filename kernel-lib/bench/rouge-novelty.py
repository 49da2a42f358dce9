"""The other side of `selfspec bench novelty`: keep-first novelty the way Self-Instruct does it.

Every new line is scored by Google's rouge_score against every line kept so far, by a pool of two processes, and dropped when a ROUGE-L F1
exceeds the threshold. stdin: one JSON document {"threshold", "processes", "lines"}; stdout: one JSON document {"kept", "pairs",
"seconds"}, the seconds without the start of the pool.
"""

import json
import sys
import time
from functools import partial
from multiprocessing import Pool

from rouge_score import rouge_scorer

scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)


def fmeasure(line, other):
    return scorer.score(line, other)["rougeL"].fmeasure


if __name__ == "__main__":
    request = json.load(sys.stdin)
    with Pool(request["processes"]) as pool:
        pool.map(partial(fmeasure, "a"), ["a"] * request["processes"])
        kept, texts, pairs = [], [], 0
        began = time.perf_counter()
        for number, line in enumerate(request["lines"]):
            scores = pool.map(partial(fmeasure, line), texts)
            pairs += len(scores)
            if all(score <= request["threshold"] for score in scores):
                kept.append(number)
                texts.append(line)
        json.dump({"kept": kept, "pairs": pairs, "seconds": time.perf_counter() - began}, sys.stdout)
