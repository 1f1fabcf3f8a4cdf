"""The gallery of figures: every word of the vocabulary of pictures, drawn by the browser's own renderer, on one page."""
