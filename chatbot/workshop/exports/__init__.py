"""Exports: a version as a file for other programs, made by the worker, downloaded by whoever runs this."""
