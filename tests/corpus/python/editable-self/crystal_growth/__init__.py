"""Growth of crystals."""
