"""Models whose answer is a structure: paths of labels, chosen as a whole."""
