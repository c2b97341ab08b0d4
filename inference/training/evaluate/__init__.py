"""What a version of a model is like: perplexity, likeness, refusals, speed; of a head, its labels.

Begin with `program.py`. Every measure gives rows, one for each example; `scores.py` makes figures of them and
`resampling.py` says how sure they are, and whether two versions differ. Those two know no torch.
"""
