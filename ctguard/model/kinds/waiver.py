"""Waivers, judged like everything else: no input declares them, a run makes them of what its user accepted."""

from ctguard.model.kinds.attribute import BOOL, GENERATED, TEXT, Attribute, Kind

WAIVER = Kind(
    name="waiver",
    title="waiver",
    terraform=(),
    cloudformation=(),
    attributes=(
        Attribute("name", TEXT, default=GENERATED),
        Attribute("rule", TEXT),
        Attribute("resource", TEXT),
        Attribute("owner", TEXT),
        Attribute("reason", TEXT),
        Attribute("expires", TEXT),
        Attribute("expired", BOOL, default=False),
        # Whether its rule was put to what it names, with an answer.
        Attribute("looked_at", BOOL, default=True),
        # Whether something that it names fails.
        Attribute("needed", BOOL, default=True),
    ),
)
