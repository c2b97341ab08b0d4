"""The inbox: what operators see of the conversations of their sites, and do in them."""
