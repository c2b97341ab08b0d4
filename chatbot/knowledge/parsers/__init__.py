"""What reads files and pages, in a process of its own: no Django, no settings, no secrets."""
