"""What a page has around it, whichever it is."""
