"""Chance, in the words the story is told in."""

import numpy as np


def happens(rng: np.random.Generator, share: float) -> bool:
    """Whether something happens that happens in that share of cases."""
    return bool(rng.random() < share)
