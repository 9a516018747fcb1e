#!/usr/bin/env python3
"""Draws the losses of pretraining runs as SVG: thin lines while training (means over a thirtieth of it), dots on validation data.

usage: plot_losses.py TITLE NAME=RUN[+RUN...] ... > plot.svg      runs joined by + follow each other
"""
import json
import sys

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 900, 460, 60, 46, 190, 50
COLORS = ["#1b6ca8", "#d1495b", "#2e933c", "#8d5a97", "#e08e0b", "#4b5563", "#0f9b8e"]


def points(runs):
    train, valid, offset = [], [], 0
    for run in runs.split("+"):
        last = 0
        with open(f"{run}/log.jsonl", encoding="utf-8") as stream:
            for line in map(json.loads, stream):
                last = line["tokens"]
                target = valid if "evaluation" in line else train
                value = line["evaluation"]["loss"] if "evaluation" in line else line.get("loss")
                if value is not None:
                    target.append(((offset + last) / 1e6, value))
        offset += last
    size = max(1, len(train) // 30)
    windows = [train[i : i + size] for i in range(0, len(train) - size + 1, size)]
    means = [(window[size // 2][0], sum(value for _, value in window) / size) for window in windows]
    return means, valid


title, series = sys.argv[1], [(name, *points(runs)) for name, runs in (text.split("=", 1) for text in sys.argv[2:])]
every = [point for _, train, valid in series for point in train + valid]
right = max(x for x, _ in every)
low, high = min(y for _, y in every) - 0.1, min(max(y for _, y in every), 8.0)


def place(x, y):
    x = LEFT + x / right * (WIDTH - LEFT - RIGHT)
    return round(x, 1), round(TOP + (high - min(y, high)) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)


print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">')
print(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{LEFT}" y="24" font-size="16">{title}</text>')
for loss in range(int(low) + 1, int(high) + 1):
    _, y = place(0, loss)
    print(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd"/><text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{loss}</text>')
step = next(size for size in (0.5, 1, 2, 5, 10, 20, 50, 100) if right / size <= 11)
for index in range(int(right / step) + 1):
    x, _ = place(index * step, low)
    print(f'<text x="{x}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{index * step:g}</text>')
print(f'<text x="{LEFT}" y="{HEIGHT - 10}">million tokens; loss of masked tokens, dots: validation split</text>')
for number, (name, train, valid) in enumerate(series):
    color = COLORS[number % len(COLORS)]
    path = "L".join(f"{x} {y}" for x, y in (place(*point) for point in train))
    print(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="1.3"/>')
    for x, y in (place(*point) for point in valid):
        print(f'<circle cx="{x}" cy="{y}" r="3.5" fill="{color}"/>')
    y = TOP + 14 + 20 * number
    print(f'<circle cx="{WIDTH - RIGHT + 18}" cy="{y - 4}" r="5" fill="{color}"/><text x="{WIDTH - RIGHT + 30}" y="{y}">{name}</text>')
print("</svg>")
