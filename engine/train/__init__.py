"""What models of several groups share: looks that are kept, and how well scores rank."""
