"""What the language model does for operators: it summarises, suggests, rewrites and translates.

`work.py` finds what the model shall read, among what the operator may answer; `wording.py` says what it is
told; `generation.py` lets it write, a few at once; `session.py` brings that to one socket. Nothing of it is
ever sent to a visitor: it goes into the reply box by a click, and from there as any reply.
"""
