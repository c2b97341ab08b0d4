"""The product and its Django project."""
