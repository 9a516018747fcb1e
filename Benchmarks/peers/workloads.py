"""What is measured: model shapes, cells (batch x length) and the mixed-length set. Standard library only."""

import math
import random
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "peers"

ROBERTA = {
    "model_type": "roberta", "vocab_size": 50265, "hidden_size": 768, "num_hidden_layers": 12,
    "num_attention_heads": 12, "intermediate_size": 3072, "max_position_embeddings": 514, "type_vocab_size": 1,
    "layer_norm_eps": 1e-5, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
}
MODERNBERT = {
    "model_type": "modernbert", "vocab_size": 50368, "hidden_size": 768, "num_hidden_layers": 22,
    "num_attention_heads": 12, "intermediate_size": 1152, "max_position_embeddings": 8192,
}
MODELS = {"modernbert": MODERNBERT, "roberta": ROBERTA}

PEERS = {
    "f32": ("torch", "onnxruntime", "openvino"),
    "bf16": ("torch", "openvino"),
    "int8": ("onnxruntime", "openvino"),
}

SHORT_CELLS = ("1x16", "1x128", "1x512", "8x128", "8x512")
LONG_CELLS = ("1x2048", "1x8192")


def parse_cell(text: str) -> tuple[int, int]:
    """"8x128" is a batch of 8 sequences of 128 tokens."""
    batch, _, length = text.partition("x")
    if not (batch.isdigit() and length.isdigit() and int(batch) and int(length)):
        raise ValueError(f"{text!r} is not BATCHxLENGTH, for example 8x128")
    return int(batch), int(length)


def cells_for(model: str, cells: list[str]) -> list[str]:
    """The cells within the model's position table."""
    limit = 512 if model == "roberta" else 8192
    return [cell for cell in cells if parse_cell(cell)[1] <= limit]


def mixed_lengths(seed: int = 1) -> list[int]:
    """The lengths of 512 texts, log-normal with mean 46, from 4 to 358 tokens. Sorted, as a careful user of padded batches
    would do."""
    source, spread = random.Random(seed), 0.8
    center = math.log(46) - spread * spread / 2
    return sorted(min(max(round(source.lognormvariate(center, spread)), 4), 358) for _ in range(512))
