"""The workshop in the admin; each page registers itself."""
