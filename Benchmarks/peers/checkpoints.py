"""Random checkpoints of the measured shapes, and their ONNX and OpenVINO forms. Everything is made once."""

import shutil
import sys
import warnings
from pathlib import Path

from workloads import CACHE, MODELS, ROOT


def folder_of(model: str) -> Path:
    """A folder that both transformers and securebert load; made when it is missing."""
    folder = CACHE / model
    if not (folder / "model.safetensors").exists():
        import torch
        import transformers

        _say(f"making {folder}")
        torch.manual_seed(20254)
        settings = dict(MODELS[model])
        config = transformers.AutoConfig.for_model(settings.pop("model_type"), **settings)
        options = {"add_pooling_layer": False} if model == "roberta" else {}
        model_class = transformers.RobertaModel if model == "roberta" else transformers.ModernBertModel
        model_class(config, **options).save_pretrained(folder)
        _add_tokenizer(model, folder)
    return folder


def _add_tokenizer(model: str, folder: Path) -> None:
    """Any tokenizer of the family: securebert loads whole folders, the measured ids are random."""
    source = ROOT / "Fixtures" / "models" / ("roberta-mlm" if model == "roberta" else "modernbert-mlm-old")
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(source / name, folder / name)


def torch_model(model: str):
    import transformers

    options = {"add_pooling_layer": False} if model == "roberta" else {}
    return transformers.AutoModel.from_pretrained(folder_of(model), attn_implementation="sdpa", **options).eval()


def onnx_f32(model: str) -> Path:
    """The encoder with dynamic batch and length, through torch's current exporter."""
    path = folder_of(model) / "onnx" / "model.onnx"
    if path.exists():
        return path
    import torch

    class Encoder(torch.nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, input_ids, attention_mask):
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    _say(f"exporting {path}")
    path.parent.mkdir(exist_ok=True)
    ids = torch.randint(5, 1000, (2, 24))
    longest = MODELS[model]["max_position_embeddings"] - 2
    batch, length = torch.export.Dim("batch", max=1024), torch.export.Dim("length", min=2, max=longest)
    shapes = {"input_ids": {0: batch, 1: length}, "attention_mask": {0: batch, 1: length}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Encoder(torch_model(model)), (ids, torch.ones_like(ids)), path, dynamo=True, dynamic_shapes=shapes,
            input_names=["input_ids", "attention_mask"], output_names=["last_hidden_state"],
        )
    return path


def onnx_int8(model: str) -> Path:
    """Dynamic quantization with one scale per output channel."""
    path = folder_of(model) / "onnx" / "model-int8.onnx"
    if not path.exists():
        from onnxruntime.quantization import QuantType, quantize_dynamic

        source = onnx_f32(model)
        _say(f"quantizing {path}")
        quantize_dynamic(source, path, per_channel=True, weight_type=QuantType.QInt8)
    return path


def openvino_f32(model: str) -> Path:
    path = folder_of(model) / "openvino" / "model.xml"
    if not path.exists():
        import openvino

        source = onnx_f32(model)
        _say(f"converting {path}")
        openvino.save_model(openvino.convert_model(source), path, compress_to_fp16=False)
    return path


def openvino_int8(model: str) -> Path:
    """Post-training quantization of weights and activations by NNCF's transformer scheme."""
    path = folder_of(model) / "openvino" / "model-int8.xml"
    if not path.exists():
        import nncf
        import numpy
        import openvino

        source = openvino.Core().read_model(openvino_f32(model))
        random = numpy.random.default_rng(20255)
        samples = [
            {"input_ids": random.integers(5, 50000, (1, length)), "attention_mask": numpy.ones((1, length), numpy.int64)}
            for length in (3, 16, 32, 64, 128, 256)
        ]
        _say(f"quantizing {path}")
        quantized = nncf.quantize(
            source, nncf.Dataset(samples), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(samples),
            ignored_scope=nncf.IgnoredScope(names=_one_row_tables(source), validate=False),
        )
        openvino.save_model(quantized, path, compress_to_fp16=False)
    return path


def _one_row_tables(model) -> list[str]:
    """RoBERTa's token types: OpenVINO 2026.4 cannot compile a lookup in a quantized table of one row."""
    gathers = [node for node in model.get_ops() if node.get_type_name() == "Gather"]
    return [node.get_friendly_name() for node in gathers if node.get_input_partial_shape(0).to_string() == "[1,768]"]


def _say(message: str) -> None:
    print(f"peers: {message}", file=sys.stderr, flush=True)
