"""Why training goes well or badly: labs of small classifiers."""
