"""What the settings of training programs are called on pages, and what each changes."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Texts = tuple[Promise, Promise]

# By the name of the option, or KIND.NAME where it means another thing in one program.
TEXTS: Mapping[str, Texts] = {
    "method": (
        _("Way of learning"),
        _("Small adapters take less memory and can hardly go wrong; every weight learns more."),
    ),
    "epochs": (
        _("Rounds"),
        _("How often every example is read. More rounds learn it better, up to a point."),
    ),
    "steps": (_("Steps"), _("How many steps are made; 0: as many as the rounds need.")),
    "learning_rate": (
        _("Size of a step"),
        _("How far a step goes: too far forgets, too little does not learn. 0, where it may be, chooses it."),
    ),
    "rank": (_("Size of the adapters"), _("How much the adapters can learn.")),
    "dropout": (_("Dropout"), _("Share of the adapters' input that is left out by chance.")),
    "tokens_at_once": (_("Tokens at once"), _("Tokens in a batch. Fewer take less memory and more time.")),
    "accumulate": (_("Batches in a step"), _("How many batches a step sums up.")),
    "batch_size": (_("Texts at once"), _("How many texts a step learns from.")),
    "longest": (_("Longest dialogue"), _("Of a longer one the last so many tokens are read.")),
    "weight_decay": (_("Weight decay"), _("How strongly weights are drawn to nothing.")),
    "checkpoint_every": (
        _("Steps between checkpoints"),
        _("After so many steps it is saved, and goes on from there when it was interrupted."),
    ),
    "precision": (_("Number format"), _("Automatic takes bf16 where the machine multiplies it.")),
    "keep_adapters": (_("Keep the adapters"), _("Also write the adapters by themselves.")),
    "layers": (
        _("Layers of the student"),
        _("How many layers it keeps, evenly spaced, or which, as 0,2,4. Empty: half of them."),
    ),
    "temperature": (_("Temperature"), _("How much the teacher's answers are softened.")),
    "alpha": (
        _("Weight of the teacher"),
        _("What the teacher's answers count; the true ones have the rest of 1."),
    ),
    "hidden": (_("Weight of the inside"), _("What the likeness of inner states counts; 0: nothing.")),
    "hidden_loss": (_("Comparing the inside"), _("How inner states are compared.")),
    "control": (
        _("Also without the teacher"),
        _("Trains the same student once more without the teacher, to see what the teacher is worth."),
    ),
    "epsilon": (
        _("Privacy budget (epsilon)"),
        _("How much the model may tell of any one conversation; less is more private. 8 is usual."),
    ),
    "delta": (
        _("Chance that the budget does not hold (delta)"),
        _("0 takes half of one in as many as there are dialogues."),
    ),
    "dialogues_at_once": (
        _("Dialogues at once"),
        _("Dialogues in a step, on average; more need less noise."),
    ),
    "clip": (_("Longest gradient"), _("How much a single dialogue may change in a step.")),
    "compare": (
        _("Also without privacy"),
        _("Fine-tunes once more without noise, and throws that away, to show what it would have given away."),
    ),
    "bits": (_("Bits"), _("How weights are stored.")),
    "rounding": (
        _("Rounding"),
        _("So that later weights make up for it, or each to the nearest; 8 bits take the nearest."),
    ),
    "max_texts": (_("Most texts"), _("How many texts are learnt from at most, chosen by chance.")),
    "what": (_("What is taken out"), _("Layers and heads make it faster; single weights do not.")),
    "share.what": (_("What is shared"), _("All matrices of two neighbours, or those of one part of them.")),
    "share": (_("How much"), _("The share that is taken out.")),
    "importance": (
        _("How importance is measured"),
        _("By the loss without each in turn, or by how little each changes, which is quick."),
    ),
    "sample_tokens": (_("Tokens to choose by"), _("On so many tokens importance is measured.")),
    "teacher": (
        _("The original teaches"),
        _("It tells what it would answer: better, and takes half as long again."),
    ),
    "measure": (_("Measure speed and memory"), _("Before and after, at the end of the job.")),
    "saving": (_("Saving"), _("The share of all parameters that is saved at least.")),
    "start": (_("What a pair begins with"), _("The mean of the two, or what one of them had.")),
}

# What an option can be chosen to be.
CHOICES: Mapping[str, Promise] = {
    "lora": _("small adapters (LoRA)"),
    "full": _("every weight"),
    "auto": _("automatic"),
    "layers": _("layers"),
    "heads": _("heads of the attention"),
    "weights": _("single weights"),
    "attention": _("the attention"),
    "mlp": _("what follows the attention"),
    "loss": _("by the loss"),
    "influence": _("by the change"),
    "mean": _("the mean"),
    "first": _("the first"),
    "second": _("the second"),
    "int8": _("8 bits"),
    "int4": _("4 bits"),
    "gptq": _("made up for (GPTQ)"),
    "nearest": _("to the nearest"),
    "cosine": _("by their angle"),
    "mse": _("by their distance"),
}


def texts_of(kind: str, name: str) -> tuple[str | Promise, str | Promise]:
    """Return the label of an option of a kind of job, and what it changes; its bare name without texts."""
    return TEXTS.get(f"{kind}.{name}") or TEXTS.get(name) or (name, "")


def written(value: object) -> object:
    """Return a setting's value as people read it."""
    return CHOICES.get(value, value) if isinstance(value, str) else value
