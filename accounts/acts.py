"""What staff may do to one account: for each action its form, and the words around it."""

from dataclasses import dataclass, replace

from django.urls import resolve, reverse

from accounts import act_forms as forms
from accounts import removal, standing
from memberships import ending
from tunables import values
from ui import clock
from ui.format import money, plain_day
from ui.forms import Form


@dataclass(frozen=True)
class Act:
    """`name` is the action's view and route; `says` is what will happen; `button` may differ from `label`.

    `again` and `again_says` take their place for whom it was done to already.
    """

    name: str
    label: str
    says: str
    form: type[Form] = Form
    tone: str = "primary"
    button: str = ""
    again: str = ""
    again_says: str = ""

    def url(self, person) -> str:
        """Where the act of this person is shown and sent."""
        return reverse(f"accounts:{self.name}", args=[person.pk])

    def allowed(self, viewer, person) -> bool:
        """Whether the viewer's role holds it; nobody acts on themselves."""
        return viewer.pk != person.pk and viewer.can(resolve(self.url(person)).func.perm)

    def _as_it_is(self, person) -> dict:
        """What the form shows first: the reason and the last day that hold, where it may be done again."""
        if not self.again or person.is_active:
            return {}
        until = person.suspended_until
        return {
            "reason": person.suspension_reason,
            "until": until and until.astimezone(clock.zone()).date().isoformat(),
        }

    def context(self, person, form=None) -> dict:
        """What `accounts/act.html` needs; `form` with its errors after a refusal."""
        form = form or self.form(auto_id=f"{self.name}-%s", initial=self._as_it_is(person))
        if self.name == "suspend_user":
            _speak_of_premium(form, person)
        seen = removal.outlook(person) if self.name == "delete_user" else None
        again = self.again and not person.is_active
        says = self.again_says if again else self.says.format(minutes=values.get("impersonation_minutes"))
        return {
            "act": replace(self, label=self.again) if again else self,
            "says": says,
            "person": person,
            "form": form,
            "action": self.url(person),
            "outlook": seen,
        }


def _speak_of_premium(form, person) -> None:
    """Suspended or not, who has Premium is charged for it: staff choose, knowing when and how much."""
    renewing = ending.renewing(person)
    form.initial["seen"] = ending.as_shown(renewing)
    if form.is_bound:
        form.data = form.data.dict() | {"seen": form.initial["seen"]}
    if not renewing:
        del form.fields["ends_premium"]
        return
    charged = " and ".join(f"{money(amount)} on {plain_day(at)}" for amount, at in ending.charges(person))
    at_once = any(ending.ends_at_once(row) for row in renewing)
    rests = not all(row.is_collected for row in renewing)
    else_ = f"the card is charged at most {charged}" if charged else "it stays as it is"
    # Of the field as it is shown: a form that was judged has made it already
    form["ends_premium"].help_text = " ".join(
        (
            f"Otherwise {else_}, although nobody can sign in.",
            *(["The collection of Premium is paused: Stripe charges again once that is over."] if rests else []),
            *(["What is past due or not paid yet ends at once: its open invoice becomes void."] if at_once else []),
            "Auto top-up charges nothing while the account is suspended.",
        )
    )


ACTS = {
    act.name: act
    for act in (
        Act(
            "suspend_user",
            "Suspend",
            "The account closes at once, all its sessions end, and so do its payment pages that stand open at Stripe. "
            "Credit and cuts stay as they are.",
            forms.SuspendForm,
            "danger",
            again="Change suspension",
            again_says="The account is closed. The reason and the day that you leave here hold from now on.",
        ),
        Act(
            "impersonate_user",
            "See as this person",
            "You see the site with this member’s eyes, read-only, for {minutes} minutes. The member sees it happened.",
            forms.ReasonForm,
            button="Begin",
        ),
        Act(
            "delete_user",
            "Delete",
            "The account closes at once and all its sessions end. It can be restored for a while; then it is purged.",
            forms.ReasonForm,
            "danger",
        ),
        Act(
            "override_plan",
            "Change plan",
            "A decision of yours, beside what is paid for. It changes nothing at Stripe.",
            forms.PlanForm,
        ),
        Act("end_override", "End plan override", "The plan is again what the member pays for."),
        Act("send_reset", "Send password link", "A mail with a link to choose a new password goes to their address."),
        Act(
            "resend_confirmation", "Send confirmation again", "A mail with the link that confirms the address goes out."
        ),
        Act("end_user_sessions", "End all sessions", "They are signed out everywhere, at once.", tone="danger"),
        Act(
            "undelete_user",
            "Restore",
            "The account comes back as it was, with its credit. If its role was retired meanwhile, it comes back as a "
            "member.",
            forms.RestoreForm,
        ),
        Act("restore_user", "Restore", "The account opens again. The person signs in as before.", forms.RestoreForm),
    )
}


def refusal(viewer, person) -> str:
    """Why nothing of what the viewer's role holds may be done to this person; empty where it may, or it holds none."""
    holds = any(act.allowed(viewer, person) for act in ACTS.values())
    return standing.refusal(person, viewer) if holds else ""
