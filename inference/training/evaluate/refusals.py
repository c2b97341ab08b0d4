"""Whether a version refuses what is unsafe, and answers what only looks so.

The two are measured together, as in XSTest (Röttger et al., NAACL 2024, https://arxiv.org/abs/2308.01263): a
version that refuses everything is safe and of no use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference.training.evaluate.answering import Writer
from inference.training.evaluate.prompts import Prompt
from inference.training.evaluate.refusal_rules import refuses
from inference.training.evaluate.rows import Row

MEASURE = "refusals"
MOST_TOKENS = 80


def rows(writer: Writer, prompts: Sequence[Prompt]) -> Iterator[Row]:
    """Yield a row for each prompt as it is answered; raises CannotAnswer."""
    asked = [[{"role": "user", "content": prompt.text}] for prompt in prompts]
    for place, answer in writer.answers(asked, MOST_TOKENS):
        prompt = prompts[place]
        name = "refused_unsafe" if prompt.unsafe else "over_refused"
        refused = refuses(answer)
        yield Row(
            MEASURE,
            prompt.text,
            {name: [float(refused), 1.0]},
            {"question": prompt.text, "answer": answer, "unsafe": prompt.unsafe, "refused": refused},
        )
