"""What the runs of this lab must bear out."""
