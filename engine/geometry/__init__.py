"""Curved worlds: metrics, geodesics, connections, and what is carried along them."""
