"""Alerts as Prometheus and the doctor see them."""

from __future__ import annotations

from dataclasses import replace

from dcops.alerts.models import Alert, AlertNotice
from dcops.alerts.rules import RULES
from dcops.config import Settings
from dcops.monitoring.diagnosis import diagnose
from dcops.monitoring.metrics import exposition
from dcops.wiring import Parts
from tests.conftest import NOW
from tests.dcops.monitoring.test_metrics import samples

SETTINGS = {
    "alerts": {
        "email": {"host": "smtp.example.org", "sender": "dcops@example.org", "to": ["a@example.org"], "user": "dcops",
                  "password_env": "SMTP"},
        "webhook": [{"name": "salon", "url_env": "SALON"}],
    }
}  # fmt: skip


def test_open_alerts_are_counted_by_kind_and_what_was_not_told_by_channel(parts: Parts) -> None:
    due = [AlertNotice(channel="email", what="opened"), AlertNotice(channel="gone", what="opened")]
    given = {"since": NOW, "seen_at": NOW, "message": "…", "severity": "critical", "kind": "feed-load"}
    with parts.database.transaction() as tx:
        tx.add(Alert(subject="baie:A01/A", opened_at=NOW, notices=due, **given))
        tx.add(Alert(subject="baie:A01/B", opened_at=NOW, closed_at=NOW, **given))
        tx.add(Alert(subject="baie:A01/A+B", **given))
    found = samples(exposition(replace(parts, settings=Settings.model_validate(SETTINGS))).decode())
    assert found[("dcops_alerts_open", (("kind", "feed-load"), ("severity", "critical")))] == 1
    assert found[("dcops_alerts_open", (("kind", "meter-stale"), ("severity", "warning")))] == 0
    assert sum(name == "dcops_alerts_open" for name, _ in found) == 2 * len(RULES)
    waiting = {dict(labels)["channel"]: value for (name, labels), value in found.items() if "notices" in name}
    assert waiting == {"email": 1, "salon": 0}


def test_the_doctor_looks_for_the_secrets_of_channels(parts: Parts) -> None:
    settings = Settings.model_validate(SETTINGS)

    def told(environ: dict[str, str]) -> dict[str, tuple[bool, str]]:
        checks = diagnose(replace(parts, settings=settings, environ=environ))
        return {check.name: (check.ok, check.message) for check in checks if check.name.startswith("alerts")}

    assert told({"SMTP": "s3cret", "SALON": "https://chat.example.org/hooks/k3y"}) == {
        "alerts email": (True, "smtp.example.org:587, 1 destinataire"),
        "alerts salon": (True, "sans signature"),
    }
    missing = told({})
    assert missing["alerts email"] == (False, "secret absent : la variable d'environnement SMTP n'est pas définie.")
    assert missing["alerts salon"][0] is False
