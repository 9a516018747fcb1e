#!/usr/bin/env python3
"""Writes vectors of real texts for `securebert bench vectors --vectors FILE --dimensions N`.

usage: Benchmarks/search/text_vectors.py BINARY OUTPUT FILE ...

FILEs are JSON lines, perhaps compressed (.zst): the "name" or "title" and the "description" or "text" of each line, texts that are equal once.
"""

import array
import json
import subprocess
import sys
import threading

binary, output, *files = sys.argv[1:]
texts = {}
for path in files:
    content = subprocess.run(["zstd", "-dcq", path] if path.endswith(".zst") else ["cat", path], check=True, capture_output=True).stdout
    for line in content.decode().splitlines():
        record = json.loads(line)
        parts = [record.get("name") or record.get("title"), record.get("description") or record.get("text")]
        if text := " ".join(part for part in parts if part):
            texts[" ".join(text.split())] = None
process = subprocess.Popen([binary, "embed", "--normalize", "--quiet", "--truncate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
lines = "".join(text + "\n" for text in texts)
count = dimensions = 0
with open(output, "wb") as file:
    # Vectors come while texts go in.
    threading.Thread(target=lambda: (process.stdin.write(lines), process.stdin.close()), daemon=True).start()
    for line in process.stdout:
        vector = array.array("f", json.loads(line)["embedding"])
        vector.tofile(file)
        count, dimensions = count + 1, len(vector)
if process.wait() != 0:
    sys.exit(1)
print(f"{count:,} texts x {dimensions}")
