"""One answer in the making: its tokens become text, and end where they should."""

from inference.engine.detokenizer import Decoder, Detokenizer
from inference.engine.request import FinishReason, Output, Request
from inference.engine.sampler import Drawn
from inference.engine.stopping import StopStrings


class Answer:
    """Adds sampled tokens to a request and says what its reader gets."""

    def __init__(self, request: Request, decoder: Decoder, stop_tokens: frozenset[int]) -> None:
        self._request = request
        self._detokenizer = Detokenizer(decoder, request.prompt)
        self._stop_strings = StopStrings(request.sampling.stop)
        self._stop_tokens = frozenset() if request.sampling.ignore_eos else stop_tokens

    def add(self, drawn: Drawn) -> Output:
        """Take the next token; the text of the output is empty while nothing certain is known.

        A stop token is of the answer's length but not of its log-probabilities, since no text shows it.
        """
        request, token = self._request, drawn.token
        request.output.append(token)
        if token in self._stop_tokens:
            return Output(self._rest(), FinishReason.STOP)
        logprobs = () if drawn.logprobs is None else (drawn.logprobs,)
        text = self._stop_strings.add(self._detokenizer.add(token))
        if self._stop_strings.reached:
            return Output(text, FinishReason.STOP, logprobs=logprobs)
        if len(request.output) < request.sampling.max_tokens:
            return Output(text, logprobs=logprobs)
        text += self._rest()
        end = FinishReason.STOP if self._stop_strings.reached else FinishReason.LENGTH
        return Output(text, end, logprobs=logprobs)

    def _rest(self) -> str:
        text = self._stop_strings.add(self._detokenizer.flush())
        return text if self._stop_strings.reached else text + self._stop_strings.flush()
