"""What llama.cpp answers: `python -m benchmarks.inference.llama_cpp_answers GGUF QUESTIONS TOKENS THREADS`.

Runs with the Python of requirements-bench.txt, which has llama-cpp-python and nothing of ours. QUESTIONS is a
JSON file with a list of strings. The chat template, the tokenizer and the weights are those of the file.
"""

import json
from pathlib import Path
from typing import Any

import llama_cpp

from benchmarks.inference.children import report

CONTEXT = 1024


def measure(gguf: str, questions_file: str, tokens: str, threads: str) -> dict[str, Any]:
    """`answers`, greedy, of at most so many tokens, and `tokens` of each question as llama.cpp reads it."""
    model = llama_cpp.Llama(gguf, n_ctx=CONTEXT, n_threads=int(threads), verbose=False)
    questions: list[str] = json.loads(Path(questions_file).read_text(encoding="utf-8"))
    answers = []
    for question in questions:
        model.reset()
        answer: Any = model.create_chat_completion(
            [{"role": "user", "content": question}],
            max_tokens=int(tokens),
            temperature=0.0,
            repeat_penalty=1.0,
        )
        answers.append(answer["choices"][0]["message"]["content"])
    read = [model.tokenize(question.encode(), add_bos=False, special=False) for question in questions]
    return {"answers": answers, "tokens": read}


if __name__ == "__main__":
    report(measure)
