"""Things that stand in scenes, as drawings for Canvas.shape: trees, birds, boats, houses, hearts."""

from math import cos, pi, sin

import numpy as np
from PIL import ImageDraw


def pine(draw: ImageDraw.ImageDraw, x: float, foot: float, height: float, rng: np.random.Generator) -> None:
    """A spruce with drooping, uneven branches."""
    tiers = int(7 + height / 60) if height > 40 else 6
    left, right = [], []
    for tier in range(tiers):
        t = (tier + 1) / tiers
        reach = height * 0.22 * t**0.85 * rng.uniform(0.78, 1.15)
        y = foot - height * (1 - t * 0.93)
        inner = reach * rng.uniform(0.34, 0.5)
        left += [(x - reach, y), (x - inner, y - height * 0.012)]
        right += [(x + reach * rng.uniform(0.85, 1.1), y), (x + inner, y - height * 0.012)]
    draw.polygon([(x, foot - height), *left, *reversed(right)], fill=255)
    draw.rectangle((x - height * 0.012, foot - height * 0.1, x + height * 0.012, foot + height * 0.03), fill=255)


def branches(
    x: float, y: float, length: float, angle: float, depth: int, rng: np.random.Generator
) -> tuple[list, list]:
    """A tree that forks: segments (x, y, x, y, thickness), and the tips where leaves hang."""
    segments, tips = [], []
    pending = [(x, y, length, angle, depth, length * 0.16)]
    while pending:
        x, y, length, angle, depth, thick = pending.pop()
        bend = angle + rng.normal(0, 0.08)
        mx, my = x + length * 0.5 * cos(angle), y - length * 0.5 * sin(angle)
        ex, ey = mx + length * 0.5 * cos(bend), my - length * 0.5 * sin(bend)
        segments += [(x, y, mx, my, thick), (mx, my, ex, ey, thick * 0.86)]
        if depth <= 3:
            tips.append((ex, ey))
        if depth:
            for turn in (-1, 1) if rng.random() < 0.75 else (-1, 0.1, 1):
                spread = turn * rng.uniform(0.26, 0.56) + (pi / 2 - bend) * 0.06
                pending.append((ex, ey, length * rng.uniform(0.68, 0.84), bend + spread, depth - 1, thick * 0.68))
    return segments, tips


def limbs(draw: ImageDraw.ImageDraw, segments: list, f: float) -> None:
    """The wood of a tree."""
    for x, y, ex, ey, thick in segments:
        width = max(1, round(thick * f))
        draw.line((x * f, y * f, ex * f, ey * f), fill=255, width=width)
        if width > 3:
            r = width / 2
            draw.ellipse((ex * f - r, ey * f - r, ex * f + r, ey * f + r), fill=255)


def birds(draw: ImageDraw.ImageDraw, x: float, y: float, span: float, count: int, rng: np.random.Generator) -> None:
    """A loose flock far away."""
    for _ in range(count):
        bx, by, s = x + rng.normal(0, span * 3.4), y + rng.normal(0, span * 1.4), span * rng.uniform(0.45, 1)
        lift = rng.uniform(0.12, 0.42) * s
        for side in (-1, 1):
            wing = [(bx, by), (bx + side * s * 0.28, by - lift), (bx + side * s * 0.62, by - lift * 0.6)]
            draw.polygon([*wing, (bx + side * s * 0.3, by - lift * 0.62), (bx, by + s * 0.06)], fill=255)


def boat(draw: ImageDraw.ImageDraw, x: float, y: float, s: float) -> None:
    """A small sailing boat."""
    draw.polygon(
        [(x - s * 0.42, y), (x + s * 0.46, y), (x + s * 0.3, y + s * 0.14), (x - s * 0.3, y + s * 0.14)], fill=255
    )
    draw.polygon([(x - s * 0.02, y - s * 0.05), (x - s * 0.02, y - s * 1.1), (x + s * 0.42, y - s * 0.08)], fill=255)
    draw.polygon([(x - s * 0.07, y - s * 0.08), (x - s * 0.06, y - s * 0.92), (x - s * 0.36, y - s * 0.1)], fill=255)


ROUND = np.linspace(0, 2 * pi, 48, endpoint=False)
HEART = np.stack(
    [16 * np.sin(ROUND) ** 3, 5 * np.cos(2 * ROUND) + 2 * np.cos(3 * ROUND) + np.cos(4 * ROUND) - 13 * np.cos(ROUND)], 1
)
HALF = np.linspace(0, pi, 14)
EDGE = np.stack([(1 - np.cos(HALF)) / 2, np.sin(HALF).clip(0) ** 0.8 / 2], 1)
PETAL = np.concatenate([EDGE, EDGE[::-1] * (1, -1)])


def heart(x: float, y: float, s: float, turn: float = 0.0) -> list[float]:
    """The outline of a heart about as wide as `s`, as numbers for a polygon."""
    return _placed(HEART * (s / 32), turn, x, y)


def petal(x: float, y: float, length: float, width: float, angle: float) -> list[float]:
    """The outline of a petal or a leaf that begins in a point."""
    return _placed(PETAL * (length, width), angle, x, y)


def _placed(points: np.ndarray, turn: float, x: float, y: float) -> list[float]:
    c, s = cos(turn), sin(turn)
    return (points @ ((c, s), (-s, c)) + (x, y)).ravel().tolist()


def person(
    draw: ImageDraw.ImageDraw, x: float, foot: float, h: float, skirt: bool, reach: float = 0.0
) -> tuple[float, float]:
    """A figure seen from behind, an arm held out to one side; where its hand is."""
    draw.ellipse((x - h * 0.075, foot - h, x + h * 0.075, foot - h * 0.84), fill=255)
    hips = foot - h * (0.3 if skirt else 0.46)
    flare = h * (0.2 if skirt else 0.11)
    body = [(x - h * 0.11, foot - h * 0.8), (x + h * 0.11, foot - h * 0.8), (x + flare, hips), (x - flare, hips)]
    draw.polygon(body, fill=255)
    draw.ellipse((x - h * 0.115, foot - h * 0.84, x + h * 0.115, foot - h * 0.74), fill=255)
    for side in (-1, 1):
        leg = x + side * h * 0.055
        draw.line((leg, hips - h * 0.02, leg + side * h * 0.015, foot), fill=255, width=max(2, round(h * 0.075)))
    hand = (x + reach * h, foot - h * 0.46)
    if reach:
        elbow = (x + (0.1 if reach > 0 else -0.1) * h, foot - h * 0.77)
        draw.line((*elbow, *hand), fill=255, width=max(2, round(h * 0.05)))
    return hand
