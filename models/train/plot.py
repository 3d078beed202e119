#!/usr/bin/env python3
"""Draws a run's losses: plot.py LOSS_CSV OUTPUT_SVG. Standard library only."""
import csv, sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 400, 56, 44, 34, 150
COLOURS = ["#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759"]


def series(path):
    """The curves: name -> [(million tokens, nats a token)]."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    curves = {"training": [], "held out, all": []}
    for row in rows:
        at = int(row["tokens"]) / 1e6
        curves["training"].append((at, float(row["train_loss"])))
        curves["held out, all"].append((at, float(row["validation_loss"])))
        exits = row["validation_answer_loss_by_exit"].split()
        for number, loss in enumerate(exits):
            name = "answers" if number == len(exits) - 1 else f"answers, exit {number + 1}"
            curves.setdefault(name, []).append((at, float(loss)))
    return curves


def main(source, target):
    curves = series(source)
    points = [point for curve in curves.values() for point in curve]
    most = max(x for x, _ in points)
    low, high = min(y for _, y in points) - 0.1, min(max(y for _, y in points), min(y for _, y in points) + 2.5)
    place = lambda x, y: (LEFT + x / most * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - (min(y, high) - low) / (high - low) * (HEIGHT - BOTTOM - TOP))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', f'<text x="{LEFT}" y="20" font-size="14">Loss, nats a token, over million tokens</text>']
    for step in range(6):
        y = low + (high - low) * step / 5
        at = place(0, y)[1]
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/><text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{y:.2f}</text>')
        x = most * step / 5
        out.append(f'<text x="{place(x, low)[0]:.1f}" y="{HEIGHT - 20}" text-anchor="middle">{x:.1f}</text>')
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join("%.1f,%.1f" % place(*point) for point in curve)}"/>')
        out.append(f'<text x="{WIDTH - RIGHT + 10}" y="{TOP + 18 * number + 12}" fill="{colour}">{name}</text>')
    with open(target, "w") as file:
        file.write("\n".join([*out, "</svg>", ""]))


if __name__ == "__main__":
    main(*sys.argv[1:])
