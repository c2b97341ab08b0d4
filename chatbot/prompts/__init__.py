"""What a site tells its assistant to be."""
