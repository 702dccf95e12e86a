"""The rules of sync under everything a network does, by Hypothesis; and that none of the rules can be spared.

The clients are always the real core. The server is a model, or the real one on the database that TEST_DB names. The
same steps are tried in each run; more of them, with progress on the way, by

    SYNC_EXAMPLES=20000 pytest -s tests/sync/test_protocol.py -k "on_the_model or real_server"
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from df_chat.streams.transaction import StreamTx
from df_chat.sync import changes, snapshot
from df_chat.testing.session import Session
from tests.clients.test_mutants import MUTANTS
from tests.sync.broken import broken_session
from tests.sync.ledger import Violation
from tests.sync.machine import EVERYTHING, Focus, machine
from tests.sync.model_server import RULES, ModelServer
from tests.sync.orm_server import SETTINGS, OrmServer
from tests.sync.world import World

pytestmark = pytest.mark.once

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "0"))
STEPS = 40
PROGRESS_SECONDS = 5.0
# Until the first counter-example: most need a tenth of it.
EXAMPLES_FOR_A_MUTANT = int(os.environ.get("SYNC_EXAMPLES_FOR_A_MUTANT", "2000"))
# Some need thousands; the vectors break them too.
RARE = {"stream_before_snapshot", "events below the cursor are applied"}

NO_BACKUP = ("back_up", "restore")
NO_SOCKET = ("hang_up", "dial", "hear", "read", "sweep")
QUIET = ("older", "change", "restart", "type")

# What to try where a rule of the server is switched off: what cannot break it is left out.
SERVER_RULES = {
    "one_version_per_object": EVERYTHING,
    "idempotency": Focus(("send",), (), NO_BACKUP),
    "hidden_retry": Focus(("add", "remove"), (), (*NO_BACKUP, *NO_SOCKET, "older", "change", "restart", "look")),
    "horizon": Focus(("send", "delete", "prune"), (), (*NO_BACKUP, "older", "change", "restart")),
    "horizon_read_again": Focus(("send", "delete"), ("prune",), (*NO_BACKUP, *NO_SOCKET, *QUIET, "tick")),
    "membership_read_again": Focus(("rename",), ("oust",), (*NO_BACKUP, *NO_SOCKET, *QUIET, "tick")),
    "stream_before_rows": Focus(("send", "edit"), (), (*NO_BACKUP, *QUIET)),
    "stream_before_snapshot": Focus(("send",), (), (*NO_BACKUP, "change", "older", "look", "sweep", "hear")),
    "epoch_rises": EVERYTHING,
    "member_epoch_rises": Focus(("send", "add", "remove", "edit"), (), (*NO_BACKUP, "older", "change")),
    "visible_from_in_reads": Focus(("send", "add", "remove"), (), NO_BACKUP),
    "visible_from_in_events": Focus(
        ("send", "edit", "add"), (), (*NO_BACKUP, *QUIET, "look", "serve", "answer", "tick", "hang_up")
    ),
    "acl_gate": Focus(("send", "remove", "add", "edit"), (), (*NO_BACKUP, *QUIET, "look", "sweep")),
    "acl_before_membership": Focus(("add",), ("oust",), (*NO_BACKUP, *QUIET, "tick", "look", "answer", "serve")),
    "sweep": EVERYTHING,
}
# Rules of the client, by what breaks them; the texts are those that the vectors have to notice too.
LISTENING = Focus(("send",), (), (*NO_BACKUP, *QUIET, "hang_up", "dial", "sweep", "look", "serve", "answer", "tick"))
OWN_MUTANTS = {
    "each try has a key of its own": (
        "outbox",
        '"client_id": entry["client_id"]}',
        '"client_id": str(__import__("uuid").uuid4())}',
    ),
}
CLIENT_RULES = {
    "events below the cursor are applied": Focus(
        ("send", "delete", "edit"), (), (*NO_BACKUP, *QUIET, "hang_up", "dial", "sweep")
    ),
    "events are applied over a gap": LISTENING,
    "pokes are not heard": EVERYTHING,
    "the cursor goes to the newest version": EVERYTHING,
    "a reply moves the cursor": EVERYTHING,
    "a reset keeps the objects": EVERYTHING,
    "each try has a key of its own": Focus(("send",), (), NO_BACKUP),
}


def run(make_world: Callable[[], World], *, examples: int, focus: Focus = EVERYTHING, shrink: bool = True) -> None:
    """Look for steps after which an invariant does not hold. Raises Violation, with the shortest that were found."""
    run_state_machine_as_test(
        machine(counted(make_world, examples), focus),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=True,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
            verbosity=Verbosity.normal if shrink else Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        ),
    )


def counted(make_world: Callable[[], World], examples: int) -> Callable[[], World]:
    """The same, telling now and then how far it is, where a long run was asked for."""
    if not EXAMPLES:
        return make_world
    done, told_at = 0, time.monotonic()

    def make() -> World:
        nonlocal done, told_at
        done += 1
        if time.monotonic() - told_at > PROGRESS_SECONDS:
            told_at = time.monotonic()
            print(f"{done} of {examples}", flush=True)
        return make_world()

    return make


def model(off: frozenset[str] = frozenset(), make_session: type[Session] = Session) -> World:
    return World(ModelServer(["a", "b", "c"], off=off), make_session)


def real() -> World:
    return World(OrmServer())


@pytest.fixture
def small_pages(settings, monkeypatch, transactional_db):
    settings.DF_CHAT = SETTINGS
    monkeypatch.setattr(snapshot, "SNAPSHOT_MESSAGES", 3)


def test_clients_converge_on_the_model():
    run(model, examples=EXAMPLES or 300)


@pytest.mark.parametrize("focus", ["membership_read_again", "horizon_read_again", "hidden_retry", "acl_gate"])
def test_clients_converge_on_the_model_where_it_is_hardest(focus):
    run(model, examples=(EXAMPLES or 360) // 6, focus=SERVER_RULES[focus])


@pytest.mark.usefixtures("small_pages")
def test_clients_converge_on_the_real_server():
    run(real, examples=EXAMPLES or 25)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("focus", ["membership_read_again", "horizon_read_again", "acl_before_membership"])
def test_clients_converge_on_the_real_server_where_it_is_hardest(focus):
    run(real, examples=(EXAMPLES or 60) // 6, focus=SERVER_RULES[focus])


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("step", range(6))
def test_a_page_of_history_holds_nothing_newer_than_the_membership(step):
    world = real()
    member = world.clients[1]
    world.older(member)
    world.serve(0, [(step, ("remove", 1, 0)), (step, ("edit", 0, 4))])
    world.finish()
    world.server.close()


def with_rare_marked(rules):
    """Whether a search meets a rare one within its bound, any change of the code may change."""
    return [pytest.param(rule, marks=pytest.mark.long) if rule in RARE else rule for rule in rules]


@pytest.mark.parametrize("rule", with_rare_marked(SERVER_RULES))
def test_no_rule_of_the_server_can_be_spared(rule):
    with pytest.raises(Violation):
        run(lambda: model(frozenset({rule})), examples=EXAMPLES_FOR_A_MUTANT, focus=SERVER_RULES[rule], shrink=False)


@pytest.mark.parametrize("rule", with_rare_marked(CLIENT_RULES))
def test_no_rule_of_the_client_can_be_spared(rule):
    text = MUTANTS.get(rule) or OWN_MUTANTS[rule]
    broken = broken_session(*text)
    with pytest.raises(Violation):
        run(
            lambda: model(make_session=broken),
            examples=EXAMPLES_FOR_A_MUTANT,
            focus=CLIENT_RULES[rule],
            shrink=False,
        )


def test_every_rule_of_the_model_has_its_turn():
    assert set(SERVER_RULES) == RULES


def let_prunings_pass(monkeypatch):
    real_read = changes.read_stream

    def read_stream(stream_id):
        stream = real_read(stream_id)
        stream.horizon = 0
        return stream

    monkeypatch.setattr(changes, "read_stream", read_stream)


def share_one_version(monkeypatch):
    real_stamp = StreamTx.stamp

    def stamp(self, stream_id, part, obj, **kwargs):
        mine = self._changes[stream_id]
        version = real_stamp(self, stream_id, part, obj, **kwargs)
        if len(mine.versions) > 1:
            mine.version = min(mine.versions.values())
            mine.versions[part.name, obj.pk] = mine.version
            setattr(obj, part.version_field, mine.version)
        return version

    monkeypatch.setattr(StreamTx, "stamp", stamp)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(
    ("sabotage", "focus"),
    [(let_prunings_pass, SERVER_RULES["horizon"]), (share_one_version, Focus(("bulk",), (), NO_BACKUP))],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_real_server_is_noticed(monkeypatch, sabotage, focus):
    sabotage(monkeypatch)
    with pytest.raises(Violation):
        run(real, examples=300, focus=focus, shrink=False)
