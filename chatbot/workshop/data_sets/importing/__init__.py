"""From a file of somebody's to examples: bytes, lines, dialogues, each read as it comes."""
