"""History: runs kept over time, and what they say of a period.

`store.open_store` is the way in. A store keeps runs as they were written, each with a `Record`: the small part
of a run that questions over time need. Everything that is told of a period is computed from records alone.
"""
