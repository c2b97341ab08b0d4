"""Who may do what on which site."""
