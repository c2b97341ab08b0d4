"""What runs here: start, supervision, health and figures."""
