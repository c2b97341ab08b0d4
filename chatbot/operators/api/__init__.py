"""The REST API for programs that hold a key of a site: one router per kind of row."""
