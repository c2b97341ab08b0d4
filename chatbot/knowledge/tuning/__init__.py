"""Choosing the parameters of ranking on development data."""
