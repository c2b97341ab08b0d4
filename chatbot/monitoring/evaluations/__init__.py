"""What `manage.py evaluate NAME` measures; a module for each name."""
