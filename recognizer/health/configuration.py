"""What in the settings is unwise for what this site seems to be."""

import stat

from django.conf import settings
from django.core.checks import ERROR, WARNING, run_checks

from recognizer.health.findings import Check, Said, advice, failed, ok

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
SHORTEST_KEY = 50
# Of these the checks below say more.
SAID_HERE = {"security.W009", "security.W018", "security.W020"}
NEW_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"


def debug() -> Said:
    if not settings.DEBUG:
        return ok("It is off.")
    say = failed if _public_hosts() else advice
    return say("Everybody is shown what broke, in full.", "Unset DEBUG.")


def secret_key() -> Said:
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or key.startswith("django-insecure-"):
        return advice(
            "It is easily guessed.", f"Set SECRET_KEY to a new one: {NEW_KEY}"
        )
    path = settings.VAR_DIR / "secret_key"
    if not path.exists() or path.read_text("ascii").strip() != key:
        return ok("It is set in the environment.")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return advice("Others on this machine can read it.", f"chmod 600 {path}")
    return ok("It was made here, in var. Several machines need the same: SECRET_KEY.")


def hosts() -> Said:
    if "*" in settings.ALLOWED_HOSTS:
        words = "Links that are made for one visitor may lead another elsewhere."
        return advice(words, "Name the site's own hosts in ALLOWED_HOSTS, not *.")
    public = _public_hosts()
    if settings.DIGITS_HTTPS and not public:
        hint = "Name those of the site in ALLOWED_HOSTS."
        return advice("Only names of this machine are answered.", hint)
    if public and not settings.DIGITS_HTTPS:
        return advice(
            "Passwords and pictures travel for everybody to read.",
            "Put a proxy that speaks HTTPS in front, and set DIGITS_HTTPS=on.",
        )
    if public:
        return ok("The site answers to its own names, with HTTPS.")
    return ok("The site answers on this machine alone.")


def proxies() -> Said:
    count = settings.DIGITS_PROXIES
    if settings.DIGITS_HTTPS and count == 0:
        return advice(
            "All who come through the proxy are counted as one.",
            "Unset DIGITS_PROXIES, or say how many there are.",
        )
    if count and not settings.DIGITS_HTTPS:
        return advice(
            "Who gets past the proxies can say where he comes from, and has no limits.",
            "Unset DIGITS_PROXIES unless nobody can get past them.",
        )
    return ok(f"Each request comes through {count}.")


def limits() -> Said:
    if settings.DIGITS_THROTTLE:
        return ok("They are on.")
    return advice("Passwords can be guessed without end.", "Unset DIGITS_THROTTLE.")


def webhooks() -> Said:
    if settings.DIGITS_WEBHOOK_PRIVATE and settings.DIGITS_SIGNUP:
        return advice(
            "Whoever makes an account can reach what the server reaches.",
            "Unset DIGITS_WEBHOOK_PRIVATE, or set DIGITS_SIGNUP=off.",
        )
    return ok("They reach what their owners may reach.")


def system_checks() -> Said:
    """What `manage.py check` finds; behind HTTPS what is for deployments, too."""
    found = [
        each
        for each in run_checks(include_deployment_checks=settings.DIGITS_HTTPS)
        if each.level >= WARNING and not each.is_silenced() and each.id not in SAID_HERE
    ]
    if not found:
        return ok("They find nothing.")
    say = failed if any(each.level >= ERROR for each in found) else advice
    hint = "; ".join(f"{each.msg} {each.hint or ''}" for each in found)
    return say(f"They find {len(found)}.", hint)


def _public_hosts() -> list[str]:
    return [host for host in settings.ALLOWED_HOSTS if host not in LOCAL_HOSTS]


CONFIGURATION = tuple(
    Check(name, look, "It cannot be looked at.", "docs/settings.md says what it takes.")
    for name, look in (
        ("DEBUG", debug),
        ("SECRET_KEY", secret_key),
        ("ALLOWED_HOSTS", hosts),
        ("DIGITS_PROXIES", proxies),
        ("limits", limits),
        ("webhooks", webhooks),
        ("manage.py check", system_checks),
    )
)
