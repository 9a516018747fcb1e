#!/usr/bin/env python3
"""Measures one Python runtime on one encoder shape.

    .venv/bin/python Benchmarks/peers/peers.py --peer openvino --precision f32 --model modernbert --cell 1x128 8x128
    .venv/bin/python Benchmarks/peers/peers.py --prepare            make and export every checkpoint, measure nothing
    .venv/bin/python Benchmarks/peers/peers.py --peer torch --precision f32 --model roberta --serve

Prints one JSON object per cell: {"tokensPerSecond": ...}, real tokens of the best of some passes after a warm-up.
With --serve it keeps the model loaded and answers one request a line: {"cell": "1x128"} or {"mixed": 8} (padded
batches of 8 over the mixed-length set). `compare.py` talks to it this way, to interleave peers and ours.
"""

import argparse
import json
import os
import sys
import time

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TQDM_DISABLE="1", TOKENIZERS_PARALLELISM="false")

import numpy  # noqa: E402

import checkpoints  # noqa: E402
from workloads import MODELS, PEERS, mixed_lengths, parse_cell  # noqa: E402


def torch_runner(model: str, precision: str, threads: int, frugal: bool):
    """Eager PyTorch with its fused attention."""
    import torch

    torch.set_num_threads(threads)
    encoder = checkpoints.torch_model(model)
    if precision == "bf16":
        encoder = encoder.to(torch.bfloat16)

    def run(ids, mask):
        with torch.inference_mode():
            encoder(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).last_hidden_state.sum().item()

    return run


def onnxruntime_runner(model: str, precision: str, threads: int, frugal: bool):
    """ONNX Runtime, all graph optimizations. Its pool of memory for tensors outgrows 23 GiB at 8,192 tokens."""
    import onnxruntime

    path = checkpoints.onnx_int8(model) if precision == "int8" else checkpoints.onnx_f32(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = options.enable_mem_pattern = not frugal
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = {value.name for value in session.get_inputs()}

    def run(ids, mask):
        session.run(None, {name: value for name, value in (("input_ids", ids), ("attention_mask", mask)) if name in names})

    return run


def openvino_runner(model: str, precision: str, threads: int, frugal: bool):
    """OpenVINO's CPU plugin; the int8 model runs the rest in bf16, which was its fastest setting."""
    import openvino

    path = checkpoints.openvino_int8(model) if precision == "int8" else checkpoints.openvino_f32(model)
    hints = {
        "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32" if precision == "f32" else "bf16",
    }
    compiled = openvino.Core().compile_model(path, "CPU", hints)
    request = compiled.create_infer_request()
    names = {name for port in compiled.inputs for name in port.names}

    def run(ids, mask):
        request.infer({name: value for name, value in (("input_ids", ids), ("attention_mask", mask)) if name in names})

    return run


RUNNERS = {"torch": torch_runner, "onnxruntime": onnxruntime_runner, "openvino": openvino_runner}


def padded_batch(lengths: list[int], pad: int):
    """Random ids and the attention mask, padded to the longest."""
    random = numpy.random.default_rng(sum(lengths))
    ids = random.integers(5, 50000, (len(lengths), max(lengths)))
    mask = (numpy.arange(max(lengths))[None, :] < numpy.array(lengths)[:, None]).astype(numpy.int64)
    return numpy.where(mask == 1, ids, pad), mask


def batches_for(request: dict, model: str) -> list:
    pad = MODELS[model].get("pad_token_id", 50283)
    if "cell" in request:
        batch, length = parse_cell(request["cell"])
        return [padded_batch([length] * batch, pad)]
    lengths, size = mixed_lengths(), request["mixed"]
    return [padded_batch(lengths[start : start + size], pad) for start in range(0, len(lengths), size)]


def measure(run, batches: list, seconds: float, repeats: int) -> float:
    """Best real tokens per second of at least one and at most `repeats` passes (after a warm-up) within `seconds`."""
    tokens = sum(int(mask.sum()) for _, mask in batches)
    best, spent = float("inf"), 0.0
    for attempt in range(repeats + 1):
        started = time.perf_counter()
        for ids, mask in batches:
            run(ids, mask)
        elapsed = time.perf_counter() - started
        if attempt > 0:
            best, spent = min(best, elapsed), spent + elapsed
            if spent >= seconds:
                break
    return tokens / best


def answer(run, request: dict, model: str, seconds: float, repeats: int) -> dict:
    speed = measure(run, batches_for(request, model), seconds, repeats)
    return {**request, "tokensPerSecond": round(speed, 1)}


def prepare() -> None:
    for model in MODELS:
        checkpoints.openvino_f32(model)
        checkpoints.onnx_int8(model)
        checkpoints.openvino_int8(model)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", choices=sorted(RUNNERS))
    parser.add_argument("--precision", choices=sorted(PEERS), default="f32")
    parser.add_argument("--model", choices=sorted(MODELS), default="modernbert")
    parser.add_argument("--cell", nargs="+", default=[], metavar="BATCHxLENGTH")
    parser.add_argument("--mixed", nargs="+", type=int, default=[], metavar="BATCH", help="mixed lengths in padded batches")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="stop repeating a cell after this time")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--frugal", action="store_true", help="spare memory where a runtime can, for very long texts")
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--prepare", action="store_true")
    arguments = parser.parse_args()
    if arguments.prepare:
        prepare()
        return 0
    if arguments.peer not in PEERS[arguments.precision]:
        parser.error(f"{arguments.precision} is measured with {', '.join(PEERS[arguments.precision])}")
    # What exporters and runtimes print goes to the standard error, so that every line of the answers is JSON.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    run = RUNNERS[arguments.peer](arguments.model, arguments.precision, arguments.threads, arguments.frugal)
    if arguments.serve:
        requests = (json.loads(line) for line in sys.stdin)
        print(json.dumps({"ready": True}), file=answers, flush=True)
    else:
        requests = [{"cell": cell} for cell in arguments.cell] + [{"mixed": size} for size in arguments.mixed]
    for request in requests:
        speed = answer(run, request, arguments.model, arguments.seconds, arguments.repeats)
        print(json.dumps(speed), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
