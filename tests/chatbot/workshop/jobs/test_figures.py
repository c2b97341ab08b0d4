"""What a program found out is a table that people read, and a sentence."""

from chatbot.workshop.jobs.figures import Figure, figures_of, in_words


def shown(result):
    return {figure.name: (figure.before, figure.after, figure.is_better) for figure in figures_of(result)}


def test_what_fell_is_better_where_less_is_better():
    found = shown(
        {"perplexity_before": 20.0, "perplexity_after": 12.5, "tokens_per_second_before": 10.0}
        | {"tokens_per_second_after": 8.0, "bytes": 270_000_000}
    )

    assert found["Perplexity on unseen dialogues"] == ("20", "12.500", True)
    assert found["Tokens a second"] == ("10", "8", False)
    assert found["Size of the weights"] == ("–", "270.0 MB", None)


def test_what_is_nested_and_what_people_do_not_read():
    found = shown(
        {"membership": {"members": 5}, "layers": [0, 5, 11], "layers_before": 12, "seed": 3, "unit": "x"}
        | {"before": {"macro_f1": 0.8}, "after": {"macro_f1": 0.79}}
    )

    assert found == {"Macro-F1": ("0.800", "0.790", False), "Layers": ("12", "3", True)}


def test_the_sentence_says_what_happened():
    assert in_words({"perplexity_before": 20, "perplexity_after": 10}).endswith("perplexity fell by 50.0 %.")
    assert "rose by 5.0 %" in in_words({"perplexity_before": 20, "perplexity_after": 21})
    distilled = {"perplexity_before": 900.0, "perplexity_after": 22.0, "perplexity_teacher": 20.0}
    assert in_words(distilled) == "Its perplexity is 10.0 % above the teacher's."


def test_a_result_that_makes_no_sense_shows_nothing():
    assert figures_of({"perplexity_after": "low", "membership": [1], "before": 3}) == []
    assert in_words({"perplexity_before": 0.0, "perplexity_after": 1.0}) == ""
    assert Figure("a", "b", "c").is_better is None
