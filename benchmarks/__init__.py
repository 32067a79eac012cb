"""The figures that Aviary promises, measured: `make bench`."""
