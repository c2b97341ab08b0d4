"""Probes for whoever watches this installation."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from accounts.policy import Policy, policy
from chatbot.monitoring.access import may_read_metrics
from chatbot.monitoring.health import readiness


@policy(Policy.PUBLIC)
@require_safe
@never_cache
async def live(request: HttpRequest) -> JsonResponse:
    """Answer as long as the event loop turns: a probe that fails here calls for a restart."""
    return JsonResponse({"status": "ok"})


@policy(Policy.PUBLIC)
@require_safe
@never_cache
async def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when a visitor's question can be answered now, 503 with the reasons otherwise."""
    parts = await readiness.parts()
    is_ready = all(part.ok for part in parts)
    document = {
        "status": "ok" if is_ready else "unavailable",
        "parts": {part.name: "ok" if part.ok else part.detail or "unknown" for part in parts},
    }
    return JsonResponse(document, status=200 if is_ready else 503)


@policy(Policy.MACHINE)
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text format to those who may read it, 403 to everybody else."""
    if not may_read_metrics(request):
        return HttpResponse(
            "Metrics are for this machine, or for a request with METRICS_TOKEN as its bearer token.\n",
            status=403,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
