"""bm25s's side of `selfspec bench retrieval`: builds an index of a JSON Lines corpus and answers queries one after the other.

Arguments: corpus, queries, how many passages a query. Words, k1, b and formula are those of our side (\\w+ in lower case, 1.5, 0.75,
"lucene"), without stop words. Versions: retrieval-requirements.txt beside this file. Prints one JSON document.
"""

import importlib.metadata
import json
import resource
import sys
import time

import bm25s

corpus_path, queries_path, top = sys.argv[1], sys.argv[2], int(sys.argv[3])


def words(texts):
    return bm25s.tokenize(texts, token_pattern=r"(?u)\w+", stopwords=[], show_progress=False)


began = time.perf_counter()
ids, texts = [], []
with open(corpus_path, encoding="utf-8") as lines:
    for line in lines:
        row = json.loads(line)
        ids.append(row["id"])
        texts.append(row["text"])
index = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
index.index(words(texts), show_progress=False)
build_seconds = time.perf_counter() - began

with open(queries_path, encoding="utf-8") as lines:
    queries = [json.loads(line)["query"] for line in lines]
seconds, hits = [], []
for query in queries:
    began = time.perf_counter()
    found, scores = index.retrieve(words([query]), k=top, show_progress=False)
    seconds.append(time.perf_counter() - began)
    hits.append([[ids[number], float(score)] for number, score in zip(found[0], scores[0]) if score > 0])

print(
    json.dumps(
        {
            "note": f"bm25s {importlib.metadata.version('bm25s')}",
            "buildSeconds": build_seconds,
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "querySeconds": seconds,
            "hits": hits,
        }
    )
)
