"""Text and tables read for what occurs together."""
