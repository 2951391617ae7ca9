# SPDX-License-Identifier: GPL-3.0-or-later
"""How closely related are the animals of a pedigree?"""

from pedigree.kinship import kinship

__all__ = ["kinship"]
