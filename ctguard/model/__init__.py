"""Floor 0: the words that all of ctguard shares."""
