#!/usr/bin/env python3
"""Measures whether the time of `securebert indicators` grows linearly on hostile text, and its rate on reports.

usage: linear.py BINARY [REPORT ...]

Each pattern is repeated to one line of 1, 2, 4 and 8 MB. Prints seconds and the rate at 8 MB, start of the program included; exit code 1
when a line of 8 MB takes more than twelve times as long as one of 1 MB (eight times is linear; small times are noisy).
"""
import argparse
import pathlib
import subprocess
import sys
import time

PATTERNS = [
    "a.", "a", "1.1.1.1-", "1:", "::", "@", "a@", "a@b.com", "http://", "hxxp[:]//", "[.]", "a[.]", "(", "[", "%", "\\", "C:\\a ", "/a",
    "a.sh/", "a.com,", "evil.com ", "HKLM\\a ", "Mozilla/5.0 (", "mutex ", "rule a ", "CVE-", "T1059.", "0123456789abcdef", "4" * 95 + " ",
]


def seconds(binary, text):
    start = time.monotonic()
    subprocess.run([binary, "indicators", "--jsonl"], input=text, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("reports", type=pathlib.Path, nargs="*")
    arguments = parser.parse_args()
    linear = True
    print("| repeated | 1 MB | 2 MB | 4 MB | 8 MB | MB/s |\n|---|---|---|---|---|---|")
    for pattern in PATTERNS:
        times = [seconds(arguments.binary, (pattern * (size * 1_000_000 // len(pattern))).encode()) for size in (1, 2, 4, 8)]
        linear &= times[3] <= 12 * times[0]
        shown = pattern if len(pattern) < 20 else pattern[:8] + "…"
        print(f"| `{shown}` | " + " | ".join(f"{value:.3f}" for value in times) + f" | {8 / times[3]:.1f} |", flush=True)
    if arguments.reports:
        text = b"\n".join(report.read_bytes() for report in arguments.reports)
        text *= max(1, 20_000_000 // len(text))
        print(f"reports: {len(text) / 1e6 / seconds(arguments.binary, text):.1f} MB/s")
    return 0 if linear else 1


if __name__ == "__main__":
    sys.exit(main())
