"""Several requests at once are each answered as if they were alone."""

from concurrent.futures import ThreadPoolExecutor

from tests.inference.server.conftest import MODEL, ModelServer


def test_eight_at_once_get_what_each_gets_alone(model_server: ModelServer) -> None:
    prompts = [f"Lamp number {number} arrives" for number in range(8)]

    def ask(prompt: str) -> str:
        with model_server.client as client:
            answer = client.completions.create(
                model=MODEL, prompt=prompt, max_tokens=24, temperature=0, extra_body={"ignore_eos": True}
            )
        return answer.choices[0].text

    alone = [ask(prompt) for prompt in prompts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ask, prompts))

    assert together == alone and len(set(alone)) > 1
