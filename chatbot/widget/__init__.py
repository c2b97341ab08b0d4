"""The visitor's side: pages, loader, API and socket."""
