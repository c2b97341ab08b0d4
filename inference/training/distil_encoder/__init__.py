"""A sentiment head on a few layers of its encoder, which learns from one on all of them."""
