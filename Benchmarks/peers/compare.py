#!/usr/bin/env python3
"""Measures securebert and its peers in turn on this machine and prints the ratios.

    .venv/bin/python Benchmarks/peers/compare.py                              f32, all cells up to 512 tokens
    .venv/bin/python Benchmarks/peers/compare.py --precision f32 bf16 int8 --cells 1x128 8x128 --rounds 5
    .venv/bin/python Benchmarks/peers/compare.py --mixed                      also texts of mixed lengths
    .venv/bin/python Benchmarks/peers/compare.py --long                       also 2,048 and 8,192 tokens
    .venv/bin/python Benchmarks/peers/compare.py --peers-only                 without securebert

Speeds drift on shared machines, so only ratios from one run mean anything: in every round each contender runs each
cell once, in rotating order, while the other processes are stopped. A contender's figure is its best round; the
ratio is ours over the fastest peer of that precision. The last line is one JSON object.
At 8,192 tokens some peers need all the memory of a machine, so there each process is started for its turn, asked to spare
memory, and ended after it. A peer that the system ends for want of memory is named without a figure.
Ours is `securebert bench --model DIR --batch B --length L --precision P --threads N --json` (and `--lengths FILE`
in place of batch and length), which prints an object with "tokens" and "tokensPerSecond".
"""

import argparse
import json
import math
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import checkpoints
from workloads import LONG_CELLS, MODELS, PEERS, ROOT, SHORT_CELLS, cells_for, mixed_lengths, parse_cell

HERE = Path(__file__).resolve().parent
MIXED_BATCHES = (8, 32)
# Where a peer takes more than half of the memory of a machine of 24 GiB.
ALONE_CELLS = ("1x8192",)


class OutOfMemory(Exception):
    """The system ended a process, as Linux does with the one that asks for memory it has not."""


class Peer:
    """A `peers.py --serve` process, started when it is first asked and stopped except while it is asked."""

    def __init__(self, name: str, model: str, precision: str, threads: int):
        self.name = name
        command = [sys.executable, HERE / "peers.py", "--peer", name, "--model", model, "--precision", precision]
        self.command = [str(part) for part in [*command, "--threads", threads, "--serve"]]
        self.process = None

    def _read(self) -> dict:
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        if self.process.wait() == -signal.SIGKILL:
            raise OutOfMemory
        raise SystemExit(f"the {self.name} process ended early; its messages are above")

    def speed(self, request: dict) -> float:
        if self.process is None:
            command = self.command + (["--frugal"] if request.get("cell") in ALONE_CELLS else [])
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self._read()  # ready
        else:
            os.kill(self.process.pid, signal.SIGCONT)
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self._read()
        os.kill(self.process.pid, signal.SIGSTOP)
        return answer["tokensPerSecond"]

    def close(self) -> None:
        if self.process is not None:
            if self.process.poll() is None:
                os.kill(self.process.pid, signal.SIGCONT)
            self.process.stdin.close()
            self.process.wait()
            self.process = None


class Ours:
    """One `securebert bench` process per request."""

    name = "securebert"

    def __init__(self, binary: Path, model: str, precision: str, threads: int):
        folder = checkpoints.folder_of(model)
        self.command = [binary, "bench", "--model", folder, "--precision", precision, "--threads", threads, "--json"]
        self.command += ["--seconds", "1"]

    def speed(self, request: dict) -> float:
        if "cell" in request:
            batch, length = parse_cell(request["cell"])
            extra = ["--batch", batch, "--length", length]
        else:
            extra = ["--lengths", "/dev/stdin"]
        command = [str(part) for part in [*self.command, *extra]]
        lengths = json.dumps(mixed_lengths())
        finished = subprocess.run(command, input=lengths, stdout=subprocess.PIPE, text=True, check=False)
        if finished.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with exit code {finished.returncode}")
        answer = json.loads(finished.stdout)
        if "mixed" in request and answer["tokens"] != sum(mixed_lengths()):
            raise SystemExit(f"securebert measured {answer['tokens']} tokens and peers {sum(mixed_lengths())}")
        return answer["tokensPerSecond"]

    def close(self) -> None:
        pass


def requests_of(contender, what: str) -> list[dict]:
    """Peers run mixed lengths at each padded batch size; ours has no padding and takes them at once."""
    if what != "mixed":
        return [{"cell": what}]
    return [{"mixed": 0}] if isinstance(contender, Ours) else [{"mixed": size} for size in MIXED_BATCHES]


def measure(contenders: list, what: str, rounds: int) -> dict:
    """Best tokens per second of every contender over all rounds; none of those the machine has no memory for."""
    alone = what in ALONE_CELLS
    if alone:
        for contender in contenders:
            contender.close()
    best = {contender.name: 0.0 for contender in contenders}
    for turn in range(rounds):
        shift = turn % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            if best[contender.name] is None:
                continue
            try:
                for request in requests_of(contender, what):
                    best[contender.name] = max(best[contender.name], contender.speed(request))
            except OutOfMemory:
                best[contender.name] = None
                contender.close()
            if alone:
                contender.close()
    return best


def row_of(model: str, precision: str, what: str, speeds: dict) -> dict:
    peers = {name: speed for name, speed in speeds.items() if name != Ours.name}
    row = {"model": model, "precision": precision, "cell": what, "peers": peers}
    if Ours.name in speeds:
        row["ours"] = speeds[Ours.name]
        measured = [speed for speed in peers.values() if speed is not None]
        row["ratio"] = round(speeds[Ours.name] / max(measured), 3) if measured else None
    return row


def print_row(row: dict) -> None:
    speeds = "  ".join(
        f"{name} {'no memory' if speed is None else f'{speed:7.0f}'}" for name, speed in row["peers"].items()
    )
    ratio = "    -" if row.get("ratio") is None else f"{row['ratio']:5.2f}"
    ours = f"ours {row['ours']:7.0f}  ratio {ratio}  " if "ours" in row else ""
    print(f"{row['precision']:5s} {row['model']:11s} {row['cell']:>7s}  {ours}{speeds}", flush=True)


def geometric_mean(rows: list[dict]) -> float | None:
    ratios = [row["ratio"] for row in rows if row.get("ratio") is not None]
    return round(math.exp(sum(map(math.log, ratios)) / len(ratios)), 3) if ratios else None


def compare(model: str, precision: str, arguments) -> list[dict]:
    contenders = [] if arguments.peers_only else [Ours(arguments.binary, model, precision, arguments.threads)]
    rows = []
    try:
        for name in PEERS[precision]:
            if arguments.peers and name not in arguments.peers:
                continue
            contenders.append(Peer(name, model, precision, arguments.threads))
        whats = cells_for(model, arguments.cells) + (["mixed"] if arguments.mixed else [])
        for what in whats:
            rows.append(row_of(model, precision, what, measure(contenders, what, arguments.rounds)))
            print_row(rows[-1])
    finally:
        for contender in contenders:
            contender.close()
    return rows


def processor() -> str:
    """The processor's name and family: vendors hide the model name on virtual machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        return platform.processor()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    values = {key.strip(): value.strip() for key, value in fields.items()}
    return f"{values.get('model name', '?')} family {values.get('cpu family', '?')} model {values.get('model', '?')}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/securebert")
    parser.add_argument("--models", nargs="+", choices=sorted(MODELS), default=list(MODELS))
    parser.add_argument("--cells", nargs="+", metavar="BATCHxLENGTH", default=list(SHORT_CELLS))
    parser.add_argument("--precision", nargs="+", choices=sorted(PEERS), default=["f32"])
    parser.add_argument("--peers", nargs="+", choices=sorted({name for names in PEERS.values() for name in names}))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true", help="add 1x2048 and 1x8192 (minutes)")
    parser.add_argument("--mixed", action="store_true", help="add 512 texts of log-normal lengths")
    parser.add_argument("--peers-only", action="store_true")
    arguments = parser.parse_args()
    # Turned into an exception, so that stopped peer processes do not stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for cell in arguments.cells:
            parse_cell(cell)
    except ValueError as error:
        parser.error(str(error))
    if arguments.long:
        arguments.cells += LONG_CELLS
    if not arguments.peers_only and not arguments.binary.exists():
        parser.error(f"{arguments.binary} does not exist; build it with `swift build -c release` or give --binary")
    rows = []
    for precision in arguments.precision:
        for model in arguments.models:
            rows += compare(model, precision, arguments)
    means = {}
    for precision in arguments.precision:
        short = [row for row in rows if row["precision"] == precision and row["cell"] not in (*LONG_CELLS, "mixed")]
        means[precision] = geometric_mean(short)
        if means[precision] is not None:
            print(f"{precision}: geometric mean of ours / fastest peer over {len(short)} cells: {means[precision]:.3f}")
    summary = {"benchmark": "peers", "processor": processor(), "threads": arguments.threads, "rounds": arguments.rounds}
    print(json.dumps({**summary, "geometricMean": means, "rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
