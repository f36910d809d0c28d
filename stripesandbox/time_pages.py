"""The clock by hand, and the scripts that play by it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from stripesandbox import clock, scripts, timers
from stripesandbox.models import Timer
from stripesandbox.script_verbs import VERBS
from stripesandbox.trouble_forms import ClockForm, ScriptForm

ROWS = 20


@require_GET
def time_page(request):
    """What time it is, what will happen by itself, what can be played."""
    return _time_page(request)


def _time_page(request, status: int = 200, played: dict | None = None, **forms):
    chosen = scripts.shipped().get(
        request.GET.get("script"), {"steps": ["+0 pay amount=20.00", "+2d dispute", "+9d win"]}
    )
    context = {
        "due": Timer.objects.order_by("due_at", "id")[:ROWS],
        "shipped": scripts.shipped(),
        "verbs": VERBS,
        "played": played,
        "clock_form": ClockForm(),
        "script_form": ScriptForm(initial={"steps": "\n".join(chosen["steps"])}),
        **forms,
    }
    return render(request, "stripesandbox/clock.html", context, status=status)


@require_POST
def move_clock(request):
    """Go forward in time; what falls due on the way happens."""
    form = ClockForm(request.POST)
    if not form.is_valid():
        return _time_page(request, 422, clock_form=form)
    timers.travel(clock.seconds() + form.seconds())
    messages.success(request, "The clock was moved.")
    return redirect("clock")


@require_POST
def reset_clock(request):
    """Back to real time. What happened meanwhile keeps its dates."""
    timers.travel(None)
    messages.success(request, "The clock shows real time.")
    return redirect("clock")


@require_POST
def play_script(request):
    """Months in seconds; what came of each step stands on the page."""
    form = ScriptForm(request.POST)
    if form.is_valid():
        try:
            return _time_page(request, played=scripts.play(form.cleaned_data["steps"]), script_form=form)
        except scripts.WrongScript as error:
            form.add_error("steps", str(error))
    return _time_page(request, 422, script_form=form)
