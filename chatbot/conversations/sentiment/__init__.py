"""How visitors feel: their messages are scored, a conversation has a trend, and a bad turn calls a person."""
