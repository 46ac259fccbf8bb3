"""Fitting the weights of :mod:`intents.ranking` to questions whose right candidate is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from intents.ranking import SHORTLIST, Ranker, describe

__all__ = ["fit_first", "fit_rankers", "logistic"]

HIDDEN, STEPS, BATCH, DECAY, RATE = 16, 1000, 256, 1e-3, 0.01
STARTS = 4
"""Networks fitted from different random starts; their mean varies less from one calibration to the next."""
Floats = NDArray[np.float32]
Listed = tuple[Floats, frozenset[int], int]
"""Features of all candidates in reach, the places of those that are right, the length of the question."""


def fit_first(samples: Sequence[Listed], mask: Floats, steps: int = 300) -> Floats:
    """Linear weights by multinomial logit: what picks the shortlist."""
    weights = np.array([3, 2, 1, 8, 4, 1, 0.2, 1, 1, 0.5], dtype=np.float32) * mask
    start = weights.copy()
    picked, target = [], []
    for features, right, _ in samples:
        scores = features @ start
        best = max(right, key=lambda i: scores[i])
        scores[[i for i in right if i != best]] = -np.inf
        order = np.argsort(-scores)[:SHORTLIST]
        if best not in order:
            order[-1] = best
        picked.append(features[order])
        target.append(int(np.flatnonzero(order == best)[0]))
    block, hit = np.stack(picked), np.array(target)
    moments = _Moments([weights])
    for _ in range(steps):
        scores = block @ weights
        chance = np.exp(scores - scores.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        expected = np.einsum("nk,nkf->nf", chance, block)
        gradient = ((expected - block[np.arange(len(hit)), hit]).mean(axis=0) + 1e-4 * weights) * mask
        [weights] = moments.step([weights], [gradient], 0.1)
    return weights.astype(np.float32)


def fit_rankers(samples: Sequence[Listed], first: Floats, mask: Floats, seed: int) -> tuple[Ranker, ...]:
    """The networks, by listwise cross-entropy over the shortlists; samples whose right candidate is not in theirs are left out."""
    tables, labels = [], []
    for features, right, length in samples:
        shown = features * mask
        coarse = np.asarray(shown @ first, dtype=np.float32)
        order = np.argsort(-coarse)[:SHORTLIST]
        label = np.array([int(i) in right for i in order])
        if label.any() and len(order) == SHORTLIST:
            tables.append(describe(shown[order], coarse[order], length))
            labels.append(label)
    x, y = np.stack(tables), np.stack(labels)
    flat = x.reshape(-1, x.shape[2])
    mean, scale = flat.mean(axis=0), flat.std(axis=0)
    scale[scale < 1e-3] = 1.0
    x = (x - mean) / scale
    return tuple(Ranker(mean.astype(np.float32), scale.astype(np.float32), *_descend(x, y, seed + start)) for start in range(STARTS))


def _descend(x: Floats, y: Floats, seed: int) -> Iterator[Floats]:
    """Weights of one network: hidden, bias, out, straight."""
    generator = np.random.default_rng(seed)
    width = x.shape[2]
    start = [generator.normal(0, width**-0.5, (width, HIDDEN)), np.zeros(HIDDEN), generator.normal(0, HIDDEN**-0.5, HIDDEN), np.zeros(width)]
    weights: list[Floats] = [np.asarray(w, dtype=np.float32) for w in start]
    moments = _Moments(weights)
    for _ in range(STEPS):
        chosen = generator.choice(len(x), min(BATCH, len(x)), replace=False)
        weights = moments.step(weights, _gradients(weights, x[chosen], y[chosen]), RATE)
    yield from (w.astype(np.float32) for w in weights)


def _gradients(weights: list[Floats], x: Floats, y: Floats) -> list[Floats]:
    hidden, bias, out, straight = weights
    inner = np.tanh(x @ hidden + bias)
    scores = inner @ out + x @ straight
    chance = np.exp(scores - scores.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    wanted = chance * y
    wanted /= wanted.sum(axis=1, keepdims=True) + 1e-9
    error = (chance - wanted) / len(x)
    back = error[..., None] * out * (1 - inner * inner)
    return [
        np.einsum("qcf,qch->fh", x, back) + DECAY * hidden, back.sum(axis=(0, 1)),
        np.einsum("qch,qc->h", inner, error) + DECAY * out, np.einsum("qcf,qc->f", x, error) + DECAY * straight,
    ]


class _Moments:
    """Adam's running moments."""

    def __init__(self, weights: Sequence[Floats]) -> None:
        self._first = [np.zeros_like(w) for w in weights]
        self._second = [np.zeros_like(w) for w in weights]
        self._count = 0

    def step(self, weights: Sequence[Floats], gradients: Sequence[Floats], rate: float) -> list[Floats]:
        """The weights after one step."""
        self._count += 1
        out = []
        for i, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            self._first[i] = 0.9 * self._first[i] + 0.1 * gradient
            self._second[i] = 0.999 * self._second[i] + 0.001 * gradient**2
            mean = self._first[i] / (1 - 0.9**self._count)
            spread = np.sqrt(self._second[i] / (1 - 0.999**self._count)) + 1e-8
            out.append(weight - rate * mean / spread)
        return out


def logistic(inputs: Floats, labels: Floats, importance: Floats, steps: int = 60) -> Floats:
    """Logistic regression by Newton's method with a small ridge."""
    weights = np.zeros(inputs.shape[1])
    x = inputs.astype(np.float64)
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-(x @ weights)))
        gradient = x.T @ (importance * (chance - labels)) + 0.5 * weights
        curvature = (x * (importance * chance * (1 - chance))[:, None]).T @ x + 0.5 * np.eye(x.shape[1])
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights.astype(np.float32)
