"""Which font of this machine a PDF is written with; Parley ships none."""

import os

from django.conf import settings

# Those that hold Latin and Chinese letters alike, by the names that systems give them.
CHINESE = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei"),
    *("WenQuanYi Micro Hei", "Noto Serif CJK SC", "Noto Serif CJK JP", "Droid Sans Fallback"),
    *("PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "Arial Unicode MS"),
)
# It comes with matplotlib.
LATIN = "DejaVu Sans"


def has_chinese(text: str) -> bool:
    """Tell whether `text` needs more than a Latin font."""
    return any("⺀" <= letter <= "鿿" or "豈" <= letter <= "﫿" or letter >= "＀" for letter in text)


def font_for(text: str) -> str | None:
    """Return the name of an installed font that has the letters of `text`; None where there is none."""
    if not has_chinese(text):
        return LATIN
    prepare_matplotlib()
    from matplotlib import font_manager

    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE if name in installed), None)


def prepare_matplotlib() -> None:
    """See that matplotlib, which is imported where it is needed, keeps its cache where we may write."""
    os.environ.setdefault("MPLCONFIGDIR", str(settings.DATA_DIR / "matplotlib"))
