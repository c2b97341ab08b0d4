"""Private fine-tuning keeps to its budget, goes on with what it has spent, and says what it gives away."""

import json
from pathlib import Path

import pytest
import torch

from inference.training.language.adapters import adapt
from inference.training.language.batches import batch_of
from inference.training.language.dialogues import read_data
from inference.training.language.examples import Example, encode
from inference.training.language.networks import read_network, read_tokenizer
from inference.training.language.objective import answer_loss
from inference.training.private.budget import Budget, Ledger, planned
from inference.training.private.loop import Settings, dialogue_losses, train_privately
from inference.training.refusal import BadSetting
from tests.inference.training.language.programs import command, finished, killed_when

QUICKLY = {
    "learning_rate": 0.02,
    "epochs": 6,
    "dialogues_at_once": 12,
    "rank": 2,
    "precision": "fp32",
    "longest": 512,
    "compare": "false",
    "checkpoint_every": 1,
}
SETTINGS = Settings(
    learning_rate=0.01, clip=1.0, tokens_at_once=256, seed=1, checkpoint_every=1, precision="fp32"
)


@pytest.fixture(scope="module")
def examples(base: Path, data: Path) -> list[Example]:
    return encode(read_data(data).train, read_tokenizer(base), 512)


def test_killed_it_goes_on_with_what_it_has_spent(base: Path, data: Path, tmp_path: Path):
    checkpoints = tmp_path / "checkpoints"
    arguments = command("private", base, data, tmp_path / "out", checkpoints=checkpoints, **QUICKLY)
    killed_when(arguments, lambda: (checkpoints / "step-00000004").is_dir())
    spent = json.loads((checkpoints / "step-00000004" / "facts.json").read_text())["facts"]["spent"]
    assert spent == [[pytest.approx(spent[0][0]), 0.5, 4]]
    _status, lines = finished(arguments)
    result = lines[-1]["result"]
    assert result["resumed_at"] >= 4 and result["steps_spent"] == result["steps"] == 12
    assert 7.2 < result["epsilon"] <= result["epsilon_budget"] == 8.0
    assert result["delta"] == pytest.approx(1 / 48)
    assert (
        result["unit"] == "conversation" and "one visitor are not protected together" in result["statement"]
    )
    assert 0 <= result["membership"]["calibrated"]["auc"] <= 1
    assert (tmp_path / "out" / "model.safetensors").is_file()


def test_the_figure_without_privacy_stands_beside_it(base: Path, data: Path, tmp_path: Path):
    options = {**QUICKLY, "compare": "true", "epochs": 1}
    _status, lines = finished(command("private", base, data, tmp_path / "out", **options))
    result = lines[-1]["result"]
    assert result["membership_auc_without_privacy"] == result["without_privacy"]["membership"]["loss"]["auc"]
    assert result["without_privacy"]["perplexity_before"] == result["perplexity_before"]


def test_less_budget_or_more_reading_needs_more_noise():
    usual = planned(8.0, 1e-3, dialogues=200, at_once=50, epochs=2)
    assert usual.sample_rate == 0.25 and usual.steps == 8
    assert planned(2.0, 1e-3, dialogues=200, at_once=50, epochs=2).noise > 1.5 * usual.noise
    assert planned(8.0, 1e-3, dialogues=200, at_once=50, epochs=8).noise > usual.noise
    ledger = Ledger(usual)
    assert ledger.epsilon() == 0.0
    for _step in range(usual.steps):
        ledger.step()
    assert 7.5 < ledger.epsilon() <= 8.0
    ledger.step()
    assert ledger.epsilon() > 8.0


def test_a_delta_that_gives_a_conversation_away_is_refused():
    with pytest.raises(BadSetting, match="below one in 200 dialogues"):
        planned(8.0, 0.01, dialogues=200, at_once=50, epochs=2)


def gradients(base: Path, examples: list[Example], clip: float) -> torch.Tensor:
    """What one step of gradient descent without noise changes, as one long vector."""
    network = read_network(base)
    adapt(network, 2, 0.0, seed=1, second_only=True)
    start = {name: each.detach().clone() for name, each in network.named_parameters() if each.requires_grad}
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer

    from inference.training.language.machine import Machine
    from inference.training.private.loop import _step

    network.train().enable_input_require_grads()
    GradSampleModule(network, loss_reduction="sum")
    learnt = [each for each in network.parameters() if each.requires_grad]
    optimizer = DPOptimizer(
        torch.optim.SGD(learnt, 1.0), noise_multiplier=0.0, max_grad_norm=clip, expected_batch_size=1
    )
    _step(network, examples, optimizer, Machine("fp32"), SETTINGS)
    return torch.cat(
        [
            (start[name] - each.detach()).flatten()
            for name, each in network.named_parameters()
            if name in start
        ]
    )


def test_each_dialogue_moves_the_weights_by_no_more_than_the_bound(base: Path, examples: list[Example]):
    alone = [gradients(base, [example], 1e6) for example in examples[:6]]
    assert min(float(each.norm()) for each in alone) > 0.5
    bounded = sum(each * min(1.0, 0.5 / float(each.norm())) for each in alone)
    # Several batches of like lengths, and one sum over all of them.
    torch.testing.assert_close(gradients(base, examples[:6], 0.5), bounded, atol=1e-4, rtol=1e-3)


def test_the_loss_of_a_dialogue_is_its_own(base: Path, examples: list[Example]):
    network = read_network(base).eval()
    together = dialogue_losses(network, batch_of(examples[:3])).detach()
    alone = [answer_loss(network, batch_of([example])).detach() for example in examples[:3]]
    torch.testing.assert_close(together, torch.stack(alone))


def test_a_step_that_reads_nobody_still_adds_noise(base: Path, examples: list[Example]):
    network = read_network(base)
    adapt(network, 2, 0.0, seed=1, second_only=True)
    before = {name: each.detach().clone() for name, each in network.named_parameters()}
    nobody = Budget(epsilon=8.0, delta=1e-3, sample_rate=1e-9, steps=2, noise=1.0)
    trained, ledger = train_privately(network, examples, nobody, SETTINGS, tell=lambda line: None)
    assert trained.tokens == 0 and ledger.steps == 2
    for name, parameter in network.named_parameters():
        assert parameter.equal(before[name]) == ("lora_B" not in name)


def test_no_two_runs_draw_the_same_noise(base: Path, examples: list[Example]):
    found = []
    for _run in range(2):
        network = read_network(base)
        adapt(network, 2, 0.0, seed=1, second_only=True)
        budget = Budget(epsilon=8.0, delta=1e-3, sample_rate=1.0, steps=1, noise=1.0)
        train_privately(network, examples[:4], budget, SETTINGS, tell=lambda line: None)
        found.append([each.detach().clone() for each in network.parameters() if each.requires_grad])
    assert not all(one.equal(other) for one, other in zip(*found, strict=True))
