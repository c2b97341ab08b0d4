"""How visitors feel and what the assistant achieves."""
