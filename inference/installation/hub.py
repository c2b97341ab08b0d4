"""The Hugging Face hub as the source of a model: safetensors, configuration and tokenizer, nothing else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import disable_progress_bars, enable_progress_bars
from huggingface_hub.utils import logging as hub_logging

from inference.installation.checksums import git_blob_id_of, require_sha256
from inference.installation.errors import InstallationError, SourceUnavailable
from inference.installation.progress import Reporter, megabytes
from inference.installation.safety import refuse_unsafe_files
from inference.installation.workspace import place_copy, require_space

PATIENCE_SECONDS = 5
# Without this the library sends facts about the machine along, after asking the hub how to find them.
constants.HF_HUB_DISABLE_TELEMETRY = True
ALLOWED_PATTERNS = (
    "*.safetensors",
    "*.safetensors.index.json",
    "1_Pooling/config.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "config.json",
    "config_sentence_transformers.json",
    "generation_config.json",
    "merges.txt",
    "sentence_bert_config.json",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
)


@dataclass(frozen=True, slots=True)
class HubFacts:
    """What the hub says about a model."""

    revision: str
    licence: str
    languages: tuple[str, ...]


def fetch_from_hub(
    hub_id: str, downloads_dir: Path, target: Path, report: Reporter, endpoint: str | None = None
) -> HubFacts:
    """Put the model's files into `target`, each with the checksum that the hub records for it.

    What was downloaded before an interruption is kept in `downloads_dir` and continued by the next call.
    Without an endpoint the hub library's own setting holds (HF_ENDPOINT).
    Raises SourceUnavailable where the hub cannot be reached or does not give this model.
    """
    hub = HfApi(endpoint)
    with _plain_errors(hub_id):
        info = hub.model_info(hub_id, files_metadata=True, timeout=PATIENCE_SECONDS)
    siblings = info.siblings or []
    refuse_unsafe_files((file.rfilename for file in siblings), hub_id)
    wanted = [file for file in siblings if _is_wanted(file.rfilename)]
    if not any(file.rfilename.endswith(".safetensors") for file in wanted):
        raise InstallationError(
            f"{hub_id} has no safetensors weights, the only ones that Parley loads from the hub."
        )
    kept = downloads_dir / f"{hub_id.replace('/', '--')}@{info.sha}"
    kept.mkdir(parents=True, exist_ok=True)
    require_space(
        kept, sum(file.size or 0 for file in wanted) - sum(f.stat().st_size for f in _files_in(kept))
    )
    (enable_progress_bars if report.is_terminal else disable_progress_bars)()
    # What goes wrong is said once, by the error; the library's warnings would repeat it for each attempt.
    hub_logging.set_verbosity_error()
    for file in wanted:
        report.line(f"Downloading {file.rfilename} ({megabytes(file.size or 0)}) of {hub_id}")
        with _plain_errors(hub_id):
            path = Path(
                hub.hf_hub_download(
                    hub_id, file.rfilename, revision=info.sha, local_dir=kept, etag_timeout=PATIENCE_SECONDS
                )
            )
        _verify(path, file)
        place_copy(path, target / file.rfilename)
    shutil.rmtree(kept)
    card = info.card_data.to_dict() if info.card_data is not None else {}
    languages = card.get("language") or []
    return HubFacts(
        revision=info.sha or "main",
        licence=str(card.get("license_name") or card.get("license") or ""),
        languages=tuple([languages] if isinstance(languages, str) else map(str, languages)),
    )


def _is_wanted(name: str) -> bool:
    if "/" in name and name != "1_Pooling/config.json":
        return False
    return any(fnmatch(name, pattern) for pattern in ALLOWED_PATTERNS)


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@contextmanager
def _plain_errors(hub_id: str) -> Iterator[None]:
    """Say in one sentence what the hub library reports."""
    try:
        yield
    except GatedRepoError as error:
        raise SourceUnavailable(
            f"{hub_id} asks you to accept its licence: accept it on the model's page, "
            "create an access token there and set it as HF_TOKEN."
        ) from error
    except RepositoryNotFoundError as error:
        raise SourceUnavailable(
            f"The Hugging Face hub has no public model {hub_id} (a private one needs HF_TOKEN)."
        ) from error
    except OfflineModeIsEnabled as error:
        raise SourceUnavailable("The Hugging Face hub is switched off here (HF_HUB_OFFLINE).") from error
    except HfHubHTTPError as error:
        raise SourceUnavailable(
            f"The Hugging Face hub answered {error.response.status_code} for {hub_id}."
        ) from error
    except (httpx2.HTTPError, LocalEntryNotFoundError, ConnectionError, TimeoutError) as error:
        raise SourceUnavailable("The Hugging Face hub cannot be reached from here.") from error


def _verify(path: Path, file: RepoSibling) -> None:
    if file.lfs is not None:
        require_sha256(path, file.lfs.sha256)
    elif file.blob_id is not None and git_blob_id_of(path) != file.blob_id:
        path.unlink()
        raise InstallationError(
            f"{file.rfilename} differs from what the hub records, so it was deleted; install again."
        )
