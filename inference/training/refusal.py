"""Why a training program does not go on, in one sentence that says what to do."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

# What Python, C++, torch's allocators of the CPU and of CUDA, and oneDNN say. oneDNN names no cause, but what
# it cannot do on this processor it refuses earlier, and then says "primitive descriptor".
_OUT_OF_MEMORY = re.compile(
    "MemoryError|can't allocate memory|out of ?memory|not enough memory|bad_alloc"
    "|could not create a primitive$",
    re.IGNORECASE | re.MULTILINE,
)


class Refusal(Exception):
    """Something that was given will not do; `str(refusal)` is one sentence, and `code` says what it is about.

    Codes: "bad_data", "bad_network", "bad_checkpoint", "bad_setting", "no_memory", "no_room", "failed".
    """

    code = "failed"


class BadSetting(Refusal):
    """Settings that do not go together."""

    code = "bad_setting"


class NoMemory(Refusal):
    """There is too little memory for what was asked."""

    code = "no_memory"


class NoRoom(Refusal):
    """A file could not be written to its end; what was complete before still is."""

    code = "no_room"


@contextmanager
def memory_in_words(sentence: str) -> Iterator[None]:
    """Raise NoMemory with `sentence` where memory ends within the block."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise NoMemory(sentence) from error
        raise


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python or torch met the end of the memory."""
    return isinstance(error, MemoryError) or says_out_of_memory(str(error))


def says_out_of_memory(words: str) -> bool:
    """Whether the text of an error is one of those given where memory ends."""
    return _OUT_OF_MEMORY.search(words) is not None


def no_room(what: str, error: Exception, kept: str) -> NoRoom:
    """The refusal for `error`, met while `what` was written; `kept` is a sentence on what is still there."""
    number = error.errno if isinstance(error, OSError) else None
    # safetensors tells of errors of the system in words only.
    full = number == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error)
    reason = os.strerror(errno.ENOSPC) if full else os.strerror(number) if number else str(error)
    return NoRoom(f"{what} could not be written: {reason}. {kept}")
