#!/usr/bin/env python3
"""What a masked language model can say about log lines beside the frequency of their templates: forms of surprise, distances, a cloze.

    python Scripts/experiments/log_readings.py --data DIR/logs/bgl-2k.jsonl --model Models/securebert-mini

Two measures of average precision, neither of which touches the last 30 % of the lines: "blocks" are the first 40 %, each tenth scored by the normal
lines of the others; "valid" are the next 30 %, scored by the normal lines of the first 40 %. "templates" is ROC-AUC over distinct
templates, all of them taken for new. Templates are drain3's. Scores join as in `securebert logs`:
-log((count + exp(-surprise)) / (lines + 1)) + weight * severity. Needs torch, transformers, scikit-learn and drain3.
"""

import argparse
import json
import math
from collections import Counter

WORDS = [
    "failure error fault crash critical fatal high severe failed crashed problem".split(),
    "success normal information info status update warning low corrected working running".split(),
]
CLOZES = [
    "%s This message reports a [MASK].", "Log message: %s Severity: [MASK]", "%s The system [MASK].", "%s It was [MASK].",
]


def mine(lines: list[str]) -> list[str]:
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig

    config = TemplateMinerConfig()
    edge = r"((?<=[^A-Za-z0-9])|^)(%s)((?=[^A-Za-z0-9])|$)"
    config.masking_instructions = [
        MaskingInstruction(pattern, "*")
        for pattern in [edge % r"\d{1,3}(\.\d{1,3}){3}", edge % "0x[a-fA-F0-9]+", edge % r"[\-\+]?\d+", r"(/[\w.\-]+)+"]
    ]
    miner = TemplateMiner(None, config)
    ids = [miner.add_log_message(line)["cluster_id"] for line in lines]
    texts = {cluster.cluster_id: cluster.get_template() for cluster in miner.drain.clusters}
    return [texts[number] for number in ids]


class Reader:
    def __init__(self, folder: str):
        import torch
        from transformers import AutoModelForMaskedLM, AutoTokenizer

        self.torch = torch
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32).eval()

    def ids(self, text: str, limit: int) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False)["input_ids"][:limit]

    def losses(self, text: str, passes: int, context: str = "") -> tuple[list[float], list[float], list[float]]:
        """-log p of each token, every passes-th masked at a time, behind a context; and the mean of the hidden states."""
        torch, tokenizer = self.torch, self.tokenizer
        before, ids = self.ids(context, 180) if context else [], self.ids(text, 128)
        start, passes = 1 + len(before), min(passes, len(ids))
        rows = torch.tensor([[tokenizer.cls_token_id, *before, *ids, tokenizer.sep_token_id]] * (passes + 1))
        for index in range(len(ids)):
            rows[index % passes, start + index] = tokenizer.mask_token_id
        with torch.no_grad():
            out = self.model(rows, output_hidden_states=True)
        logs = torch.log_softmax(out.logits[:, start : start + len(ids)], -1)
        masked = [-logs[index % passes, index, token].item() for index, token in enumerate(ids)]
        plain = [-logs[passes, index, token].item() for index, token in enumerate(ids)]
        return masked, plain, out.hidden_states[-1][passes, start : start + len(ids)].mean(0).tolist()

    def severity(self, text: str, cloze: str) -> float:
        torch, tokenizer = self.torch, self.tokenizer
        ids = tokenizer(cloze % " ".join(text.split()[:40]))["input_ids"]
        groups = [[self.ids(" " + word, 9) for word in words] for words in WORDS]
        groups = [[ids[0] for ids in words if len(ids) == 1] for words in groups]
        with torch.no_grad():
            logits = self.model(torch.tensor([ids])).logits[0, ids.index(tokenizer.mask_token_id)]
        return (torch.logsumexp(logits[groups[0]], 0) - torch.logsumexp(logits[groups[1]], 0)).item()


FORMS = {
    "mean": lambda losses: sum(losses) / len(losses),
    "max": max,
    "top 3": lambda losses: sum(sorted(losses)[-3:]) / len(losses[-3:]),
    "sum": sum,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    arguments = parser.parse_args()
    import numpy
    from sklearn.metrics import average_precision_score, roc_auc_score

    rows = [json.loads(line) for line in open(arguments.data, encoding="utf-8")]
    fit_end, end = int(len(rows) * 0.4), int(len(rows) * 0.7)
    rows = rows[:end]
    truth = numpy.array([row["label"] for row in rows])
    templates = mine([row["content"] for row in rows])
    reader = Reader(arguments.model)
    distinct = list(dict.fromkeys(templates))
    clean_counts = Counter(t for t, label in zip(templates[:fit_end], truth[:fit_end], strict=True) if not label)
    readable = {template: " ".join(template.replace("<*>", "0").split()) for template in distinct}
    words = {template: set(readable[template].lower().replace(":", " ").split()) for template in distinct}

    def nearest(template: str, count: int) -> str:
        """The normal templates that share most words."""
        others = [other for other in clean_counts if other != template]
        others.sort(key=lambda other: -len(words[template] & words[other]) / len(words[template] | words[other]))
        return " ".join(readable[other] + "\n" for other in others[:count])

    surprises: dict[str, dict[str, float]] = {"none": dict.fromkeys(distinct, 0.0)}
    states = {}

    def add(name: str, read) -> None:
        for form, function in FORMS.items():
            surprises[f"{name}, {form}"] = {}
        for template in distinct:
            losses = read(template)
            for form, function in FORMS.items():
                surprises[f"{name}, {form}"][template] = function(losses) if losses else 0.0

    full = {template: reader.losses(readable[template], 10**6) for template in distinct}
    add("one token masked at a time", lambda template: full[template][0])
    add("nothing masked", lambda template: full[template][1])
    add("every fourth token masked", lambda template: reader.losses(readable[template], 4)[0])
    add("without wildcards", lambda template: reader.losses(" ".join(template.replace("<*>", " ").split()), 4)[0])
    for count in (1, 3):
        add(f"behind {count} near templates", lambda template: reader.losses(readable[template], 4, nearest(template, count))[0])
    first = {template: rows[templates.index(template)]["content"] for template in distinct}
    add("first line as it is", lambda template: reader.losses(first[template], 4)[0])
    clozes = {cloze: {t: reader.severity(readable[t], cloze) for t in distinct} for cloze in CLOZES}
    states = {template: numpy.array(full[template][2]) for template in distinct}

    def joined(surprise: dict, severity: dict | None, weight: float):
        def score(fit: list[int], judged: list[int]) -> list[float]:
            counts = Counter(templates[index] for index in fit)
            return [
                -math.log((counts[templates[index]] + math.exp(-surprise[templates[index]])) / (len(fit) + 1))
                + (weight * severity[templates[index]] if severity else 0)
                for index in judged
            ]

        return score

    def distance(nearest_only: bool):
        def score(fit: list[int], judged: list[int]) -> list[float]:
            known = list(dict.fromkeys(templates[index] for index in fit))
            center = numpy.mean([states[templates[index]] for index in fit], axis=0)
            if not nearest_only:
                return [float(numpy.linalg.norm(states[templates[index]] - center)) for index in judged]
            unit = {t: (states[t] - center) / (numpy.linalg.norm(states[t] - center) + 1e-9) for t in set(templates)}
            return [1 - max(float(unit[templates[index]] @ unit[other]) for other in known) for index in judged]

        return score

    def report(name: str, score, by_template: dict | None = None) -> None:
        clean = [index for index in range(fit_end) if not truth[index]]
        valid = average_precision_score(truth[fit_end:], score(clean, list(range(fit_end, end))))
        found = []
        size = fit_end // 8
        for start in range(0, fit_end, size):
            block = list(range(start, min(start + size, fit_end)))
            found += score([index for index in clean if not start <= index < start + size], block)
        blocks = average_precision_score(truth[:fit_end], found)
        anomalous = [any(truth[i] for i, t in enumerate(templates) if t == template) for template in distinct]
        area = f"{roc_auc_score(anomalous, [by_template[t] for t in distinct]):.2f}" if by_template else ""
        print(f"| {name} | {blocks:.3f} | {valid:.3f} | {area} |", flush=True)

    print("| score | blocks | valid | templates |\n|---|---:|---:|---:|")
    for name, surprise in surprises.items():
        report(f"frequency and surprise: {name}", joined(surprise, None, 0), surprise if name != "none" else None)
    report("distance to the centre of the normal lines", distance(False))
    report("distance to the nearest normal template", distance(True))
    for cloze, severity in clozes.items():
        report(f"frequency, 2 x severity: {cloze}", joined(surprises["none"], severity, 2), severity)
    for weight in (0.5, 1, 2, 4):
        for name in ("none", "every fourth token masked, max", "every fourth token masked, mean"):
            report(f"surprise: {name}; severity x {weight}", joined(surprises[name], clozes[CLOZES[0]], weight))


if __name__ == "__main__":
    main()
