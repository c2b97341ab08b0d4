"""Charts as SVG, drawn by the server: they need no script, print, and are coloured by the style sheet.

Widths are percentages and heights are pixels, so that a chart fills its place at any width while its
letters keep their size. No chart reads figures: each gets points, with the words and links to show.
"""
