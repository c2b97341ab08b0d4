"""What llama.cpp answers: `python -m benchmarks.inference.llama_cpp_answers GGUF QUESTIONS TOKENS THREADS`.

Runs with the Python of requirements-bench.txt, which has llama-cpp-python and nothing of ours. QUESTIONS is a
JSON file with a list of strings. The chat template, the tokenizer and the weights are those of the file.
"""

import json
from pathlib import Path
from typing import Any

import llama_cpp
import numpy

from benchmarks.inference.children import report

CONTEXT = 1024
LIKELIEST = 5


def measure(gguf: str, questions_file: str, tokens: str, threads: str) -> dict[str, Any]:
    """By question: `answers`, greedy, of at most so many tokens; `tokens`, as which llama.cpp reads it alone.

    `next` are the five likeliest tokens after it, each with its logit.
    """
    model = llama_cpp.Llama(gguf, n_ctx=CONTEXT, n_threads=int(threads), logits_all=True, verbose=False)
    questions: list[str] = json.loads(Path(questions_file).read_text(encoding="utf-8"))
    answers, read, following = [], [], []
    for question in questions:
        model.reset()
        answer: Any = model.create_chat_completion(
            [{"role": "user", "content": question}],
            max_tokens=int(tokens),
            temperature=0.0,
            repeat_penalty=1.0,
        )
        answers.append(answer["choices"][0]["message"]["content"])
        read.append(model.tokenize(question.encode(), add_bos=False, special=False))
        model.reset()
        model.eval(read[-1])
        logits = model.scores[model.n_tokens - 1]
        likeliest = numpy.argsort(-logits)[:LIKELIEST].tolist()
        following.append([[token, float(logits[token])] for token in likeliest])
    return {"answers": answers, "tokens": read, "next": following}


if __name__ == "__main__":
    report(measure)
