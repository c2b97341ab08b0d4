"""The dashboard: the figures of a site and a period, compared with the period before."""
