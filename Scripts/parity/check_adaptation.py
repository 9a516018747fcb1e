"""Checks a model written by `securebert tokenizer adapt --noise SHARE` with transformers.

Both folders must load; special tokens must keep their ids, tokens of both vocabularies their rows, and the rows of new
tokens must be the mean of those of their old pieces up to the noise. Exit code 1 otherwise.

    python3 Scripts/parity/check_adaptation.py OLD NEW --noise 0.02
"""

import argparse
import sys

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--noise", type=float, default=0.02)
    options = parser.parse_args()
    models = [AutoModelForMaskedLM.from_pretrained(path) for path in (options.old, options.new)]
    tokenizers = [AutoTokenizer.from_pretrained(path) for path in (options.old, options.new)]
    old, new = (tokenizer.get_vocab() for tokenizer in tokenizers)
    failed = len(old) != len(new)
    for token in tokenizers[0].all_special_tokens:
        failed |= old[token] != new[token]
    tables = [("embeddings", *(model.get_input_embeddings().weight for model in models))]
    tables.append(("decoder", *(model.get_output_embeddings().weight for model in models)))
    model = tokenizers[0].backend_tokenizer.model
    for name, before, after in tables:
        shared = [token for token in new if token in old]
        difference = max((before[old[t]] - after[new[t]]).abs().max().item() for t in shared)
        errors = []
        for token in (token for token in new if token not in old):
            pieces = [piece.id for piece in model.tokenize(token)]
            errors.append((after[new[token]] - before[pieces].mean(0)).detach())
        noise = torch.stack(errors).std().item() / before.std().item() if errors else options.noise
        failed |= difference > 0 or abs(noise - options.noise) > 0.05 * options.noise + 1e-4
        print(f"{name}: {len(shared)} shared rows differ by {difference}, {len(errors)} new ones by {noise:.4f} deviations")
    ids = tokenizers[1]("CVE-2021-44228 " + tokenizers[1].mask_token, return_tensors="pt")
    with torch.no_grad():
        failed |= not models[1](**ids).logits.isfinite().all().item()
    sys.exit(failed)


if __name__ == "__main__":
    main()
