"""What Parley measures of itself; `make bench` runs it."""
