"""data.py ENGINE FILE ROUNDS: reads, repairs or de-duplicates a file; prints {"seconds", "count"}. Fails where ENGINE is not installed."""

import json
import re
import statistics
import sys
import tempfile
import time

engine, path, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])


def rows():
    with open(path, encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


if engine == "datasets":
    import datasets

    datasets.disable_progress_bars()
    kind = "csv" if ".csv" in path else "parquet" if path.endswith(".parquet") else "json"

    def work():
        with tempfile.TemporaryDirectory() as cache:
            found = datasets.load_dataset(kind, data_files=path, split="train", cache_dir=cache)
            return sum(utf16(row["text"]) for row in found)

elif engine == "ftfy":
    import ftfy

    texts = rows()

    def work():
        return sum(utf16(ftfy.fix_encoding(text)) for text in texts)

elif engine == "datasketch":
    from datasketch import MinHash, MinHashLSH

    texts = rows()

    def work():
        index, kept = MinHashLSH(threshold=0.7, num_perm=128), 0
        for i, text in enumerate(texts):
            words = re.findall(r"\w+", text)
            shingles = {" ".join(words[j : j + 5]) for j in range(len(words) - 4)} or {" ".join(words)}
            signature = MinHash(num_perm=128)
            signature.update_batch([shingle.encode() for shingle in shingles if shingle])
            if shingles != {""} and index.query(signature):
                continue
            index.insert(i, signature)
            kept += 1
        return kept


work()
seconds = []
for _ in range(rounds):
    start = time.perf_counter()
    count = work()
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": statistics.median(seconds), "count": count}))
