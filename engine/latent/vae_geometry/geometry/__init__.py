"""The geometry of a code plane: metrics on a chart, curves and geodesics on it, and what is measured of codes."""
