# mypy: ignore-errors
#!/usr/bin/env python
"""Fit exponential decays to the counts of a scintillator."""
import argparse
import glob

import iminuit
import matplotlib
import numpy as np
import uproot
from lmfit.models import ExponentialModel

matplotlib.use("Agg")


def main():
    """Fit each file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pattern")
    for path in glob.glob(parser.parse_args().pattern):
        counts = uproot.open(path)["counts"].array(library="np")
        print(path, ExponentialModel().fit(counts, x=np.arange(len(counts))).best_values)
        print(iminuit.__version__)


if __name__ == "__main__":
    main()
