"""Makes the workload of a model: `python -m benchmarks.inference.tokenising MODEL FILE`."""

import sys
from pathlib import Path

from transformers import AutoTokenizer, GenerationConfig, PreTrainedTokenizerFast

from benchmarks.inference.real_texts import (
    Passage,
    english_text,
    quoting,
    read_passages,
    retrieved,
    short_questions,
)
from benchmarks.inference.workload import Chat, Workload

QUESTIONS = 96
GROUNDED = 8
RETRIEVED = 2000
LONG = 5
PREFILL = 6
PREFILL_TOKENS = 512
LONG_TOKENS = 2000
CONVERSATION_TOKENS = 1450
# English words to tokens of SmolLM2's vocabulary, near enough for prompts of about a length.
RETRIEVED_WORDS = 220


def make_workload(model: Path) -> Workload:
    """Tokenise the real texts for the model in this folder; raises OSError where one is missing."""
    tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
    passages = read_passages()
    running = tokenizer.encode("\n\n".join(passage.text for passage in passages), add_special_tokens=False)
    starts = range(0, PREFILL * PREFILL_TOKENS, PREFILL_TOKENS)
    return Workload(
        model=str(model),
        stop_tokens=_stop_tokens(model, tokenizer),
        questions=[_chat(tokenizer, text) for text in short_questions(QUESTIONS)],
        grounded=[_chat(tokenizer, text) for text in quoting(passages, GROUNDED)],
        retrieved=[
            _chat(tokenizer, text) for text in retrieved(passages, RETRIEVED, RETRIEVED_WORDS, seed=3)
        ],
        conversations=_conversations(tokenizer, passages),
        long=[running[start : start + LONG_TOKENS] for start in range(0, LONG * LONG_TOKENS, LONG_TOKENS)],
        prefill=[running[start : start + PREFILL_TOKENS] for start in starts],
        english=tokenizer.encode(english_text(passages), add_special_tokens=False),
    )


def _chat(tokenizer: PreTrainedTokenizerFast, text: str) -> Chat:
    messages = [{"role": "user", "content": text}]
    rendered = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return Chat(messages, tokenizer.encode(rendered, add_special_tokens=False))


def _conversations(tokenizer: PreTrainedTokenizerFast, passages: list[Passage]) -> list[Chat]:
    """First turns that hold as many passages as make about 1,450 tokens, each from another article."""
    chats: list[Chat] = []
    left = list(passages)
    while left and len(chats) < LONG:
        taken: list[Passage] = []
        while left and len(tokenizer.encode(" ".join(p.text for p in taken))) < CONVERSATION_TOKENS - 60:
            taken.append(left.pop(0))
        texts = "\n\n".join(passage.text for passage in taken)
        chats.append(_chat(tokenizer, f"{texts}\n\n{taken[0].questions[0]}"))
    return chats


def _stop_tokens(model: Path, tokenizer: PreTrainedTokenizerFast) -> list[int]:
    configured = GenerationConfig.from_pretrained(model).eos_token_id
    ends = configured if isinstance(configured, list) else [configured]
    return sorted({end for end in (*ends, tokenizer.eos_token_id) if end is not None})


if __name__ == "__main__":
    make_workload(Path(sys.argv[1])).write(Path(sys.argv[2]))
