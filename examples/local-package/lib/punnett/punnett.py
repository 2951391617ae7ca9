# SPDX-License-Identifier: GPL-3.0-or-later
"""Punnett squares: what two parents' alleles give their children."""

from collections import Counter
from itertools import product


def square(mother: str, father: str) -> Counter[str]:
    """Return how often each genotype comes up; capitals first, as geneticists write."""
    return Counter("".join(sorted(pair)) for pair in product(mother, father))
