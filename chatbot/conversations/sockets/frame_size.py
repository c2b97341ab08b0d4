"""How large one frame may be, to and from the server."""

MAX_FRAME_BYTES = 64 * 1024
