from pathlib import Path


def processes(parent: int, words: str) -> list[int]:
    """The children of a process whose command line holds these words."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            its_parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            command = (process / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if int(its_parent) == parent and words in command:
            found.append(int(process.name))
    return found
