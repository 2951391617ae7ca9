# SPDX-License-Identifier: GPL-3.0-or-later
"""Read DNA three letters at a time."""

from itertools import product

# The standard code, codons in the order TTT, TTC, TTA, TTG, TCT …
_AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
TABLE = dict(zip(map("".join, product("TCAG", repeat=3)), _AMINO_ACIDS))


def translate(dna: str) -> str:
    """Return the protein that ``dna`` spells, up to the first stop."""
    letters = (TABLE[dna[start : start + 3]] for start in range(0, len(dna) - 2, 3))
    protein = "".join(letters)
    return protein.partition("*")[0]
