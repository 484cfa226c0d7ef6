"""Floor 1: what an IAM policy lets through.

`evaluate` decides one request, `search` asks about all of them, `verdict` gives
the whole verdict on a bucket, topic or key policy, `judgements` answers single
questions for rules.
"""
