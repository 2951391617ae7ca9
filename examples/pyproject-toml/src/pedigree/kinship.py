# SPDX-License-Identifier: GPL-3.0-or-later
"""The tabular method: parents before children, each animal the mean of its parents."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def kinship(parents: Mapping[str, tuple[str, str] | None]) -> NDArray[np.float64]:
    """Return the chance that an allele drawn from one animal equals one drawn from another.

    ``parents`` names each animal's mother and father, or ``None`` for a founder; whoever is named
    as a parent comes earlier.
    """
    place = {name: index for index, name in enumerate(parents)}
    matrix = np.zeros((len(place), len(place)))
    for index, pair in enumerate(parents.values()):
        if pair is None:
            matrix[index, index] = 0.5
            continue
        mother, father = place[pair[0]], place[pair[1]]
        matrix[index, :index] = matrix[:index, index] = (matrix[mother, :index] + matrix[father, :index]) / 2
        matrix[index, index] = (1 + matrix[mother, father]) / 2
    return matrix
