"""A training for which the memory does not suffice ends with a sentence, and leaves nothing half made."""

from pathlib import Path

from inference.training.language.program import REFUSED
from tests.inference.training.language.programs import command, finished
from tests.inference.training.language.tiny_training import dialogue, write_base, write_data, write_lines

# The process gets as much memory as it has once everything is loaded, and so much more.
_LIMITED = """
import resource, runpy, sys
import torch, transformers.models.llama.modeling_llama
import inference.training.finetune.tuning
torch.set_num_threads(1)
torch.ones(8, 8, requires_grad=True).sum().backward()
pages = int(open("/proc/self/statm").read().split()[0])
most = pages * resource.getpagesize() + 200_000_000
resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def test_memory_that_runs_out_is_told_in_a_sentence(tmp_path: Path):
    data = write_data(tmp_path / "data", train=2, test=2)
    asked, answered = dialogue(1, turns=1)["messages"][-2:]
    long = {"messages": [asked, {**answered, "content": answered["content"] * 2000}]}
    write_lines(data / "train.jsonl", [long] * 8)
    out = tmp_path / "out"
    greedy = {"tokens_at_once": 65536, "longest": 8192, "method": "full"}
    words = command("finetune", write_base(tmp_path / "base"), data, out, **greedy)

    status, lines = finished(["-c", _LIMITED, *words])

    assert status == REFUSED
    assert lines[-1]["code"] == "no_memory"
    assert "let it read fewer tokens at once" in lines[-1]["error"]
    assert list(tmp_path.glob("out*")) == []
