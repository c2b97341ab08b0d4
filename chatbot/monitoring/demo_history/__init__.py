"""Ninety days of conversations that never took place, made of real questions, and marked as what they are."""
