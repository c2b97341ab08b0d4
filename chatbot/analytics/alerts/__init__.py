"""Watching a site's figures: rules, the alerts that they open and close, and who is told.

`judging.py` is the statistics and `standing.py` the state machine, both without the database;
`evaluating.py` applies them to what was counted, `replaying.py` to what was counted long ago, and
`announcing.py` tells people.
"""
