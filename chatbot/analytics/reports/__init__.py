"""The weekly report by mail: when it is due, what is in it, its pictures, and how it reads.

`making.py` is what the worker does; a page shows the same report before it is sent to anybody.
"""
