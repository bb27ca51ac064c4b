"""The faults of who sends and of what is stored: too often, too early, at once; a new version meanwhile; a damaged row."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from tests.faults.bundles import FOR_TEN, SLUGS, files_of, form_data
from tests.faults.driver import messages_of, news, signed
from tests.faults.faults import Fault
from tests.faults.place import Place, until
from tests.faults.requests import OK, Sender


def webhooks_by_the_hundred(fault: Fault) -> None:
    """News a hundred times, eight at once; in reverse order; of messages that nobody knows, and that we do not know yet."""
    place, slug = fault.place, fault.random.choice(SLUGS)
    place.trouble("verloren=1")  # over there is the message, here nobody has heard of it
    with suppress(TimeoutError):
        until(lambda: _early(place, slug), "a message that only the Servicekonto knows", 10)
    known, early = messages_of(place.folder, slug, 30), _early(place, slug)
    targets = [known[-1]] * 100 if known else []
    targets += [*early, *known, *(f"unknown-{number}" for number in range(20))]  # newest first

    def post(lane: int) -> None:
        with Sender(place.folder, f"webhooks-{lane}-{uuid.uuid4().hex[:6]}", place.url) as sender:
            for number, target in enumerate(targets[lane::8]):
                kind = ("antwort", "abruf")[number % 2]
                body, about = news(target, kind, f"hundred-{kind}-{target}", 0), {"slug": slug, "news": target}
                path = f"/{slug}/webhook/servicekonto"
                sender.send("webhook", "POST", path, content=body, headers=signed(body, 0), about=about)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(8)))
    place.trouble("")
    ended = (
        "SELECT count(*) FROM nachricht n JOIN vorgang v ON v.id = n.vorgang_id "
        "WHERE n.external_id = %s AND v.state = 'completed'"
    )
    finished = sum(place.sql(slug, ended, (target,))[0][0] for target in known)
    fault.note(f"webhooks: {len(targets)}, of these {len(early)} early, {finished} of finished cases, 20 unknown")


def _early(place: Place, slug: str) -> list[str]:
    """Messages that the Servicekonto holds and we do not know yet."""
    ours = {id for (id,) in place.sql(slug, "SELECT external_id FROM nachricht")}
    return [id for id in messages_of(place.folder, slug, 30) if id not in ours]


def fifty_equal_applications(fault: Fault) -> None:
    """One application fifty times, sixteen at once: one Vorgang, one answer."""
    place, slug, transaction = fault.place, fault.random.choice(SLUGS), str(uuid.uuid4())
    body = form_data(transaction, "konto", place.kommunen[slug]["stelle"], "50")

    def post(number: int) -> None:
        parts = {"formData": ("formData.json", body, "application/json")}
        about = {"slug": slug, "transaction": transaction, "key": "konto"}
        with Sender(place.folder, f"equal-{number}-{transaction[:8]}", place.url) as sender:
            sender.send("start", "POST", f"/{slug}/antrag", files=parts, about=about)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(post, range(50)))


def ten_clerks(fault: Fault) -> None:
    """Ten clerks complete one task at once, then the three tasks of the same instance: one wins each."""
    place, slug, transaction = fault.place, fault.random.choice(SLUGS), str(uuid.uuid4())
    with Sender(place.folder, f"clerks-{transaction[:8]}", place.url) as sender:
        vorgang = _begun(fault, sender, slug, FOR_TEN, transaction)
    won = [_at_once(fault, slug, vorgang) for _ in range(2)]
    fault.note(f"10 clerks on one task: {won[0]} won; on three tasks of one instance: {won[1]} won")


def _at_once(fault: Fault, slug: str, vorgang: str) -> int:
    """Let ten clerks complete what is open in a case; gives how many were told that they have."""
    place, clerks = fault.place, fault.place.kommunen[slug]["clerks"]
    query = "SELECT id FROM aufgabe WHERE vorgang_id = %s AND state = 'offen'"
    tasks = [id for (id,) in until(lambda: place.sql(slug, query, (vorgang,)), "a task is open")]

    def complete(number: int, login: str) -> str:
        task = tasks[number % len(tasks)]
        told = {"slug": slug, "aufgabe": task, "login": login}
        with Sender(place.folder, f"clerk-{login}-{uuid.uuid4().hex[:6]}", place.url) as sender:
            path = f"/{slug}/api/v1/aufgaben/{task}/complete"
            return sender.send("complete", "POST", path, clerks[login], json={"data": {"wer": login}}, about=told)[0]

    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(complete, range(10), clerks)).count(OK)


def _begun(fault: Fault, sender: Sender, slug: str, key: str, transaction: str) -> str:
    """The id of a fresh Vorgang; sent until it is answered, as it may be sent while the installation starts."""
    place = fault.place
    body = form_data(transaction, key, place.kommunen[slug]["stelle"], "10")
    about = {"slug": slug, "transaction": transaction, "key": key}

    def send() -> str:
        parts = {"formData": ("formData.json", body, "application/json")}
        phase, answer = sender.send("start", "POST", f"/{slug}/antrag", files=parts, about=about)
        return str(answer["vorgang"]["vorgangId"]) if phase == OK else ""

    return str(until(send, "an application is accepted"))


def deployed_while_starting(fault: Fault) -> None:
    """Two other versions of a Leistung are deployed while eighty applications for it come in, four at once."""
    place, slug = fault.place, fault.random.choice(SLUGS)
    query = "SELECT count(DISTINCT v.version_id) FROM vorgang v WHERE v.id IN ({})"

    def begin(lane: int) -> list[str]:
        with Sender(place.folder, f"deploy-{lane}-{uuid.uuid4().hex[:6]}", place.url) as sender:
            return [_begun(fault, sender, slug, "uhr", str(uuid.uuid4())) for _ in range(20)]

    with ThreadPoolExecutor(5) as pool:
        deployed = pool.submit(_deploy, fault, slug)
        begun = [id for ids in pool.map(begin, range(4)) for id in ids]
        deployed.result()
        begun += begin(4)
    [(versions,)] = place.sql(slug, query.format(", ".join(["%s"] * len(begun))), tuple(begun))
    fault.note(f"deployed while starting: {len(begun)} cases in {versions} versions")


def _deploy(fault: Fault, slug: str) -> None:
    for number in range(2):
        folder = fault.place.folder / f"bundle-{uuid.uuid4().hex[:6]}"
        folder.mkdir()
        for name, content in files_of("uhr").items():
            changed = content.replace(b"</bpmn:process>", f"<!-- {number} {folder.name} --></bpmn:process>".encode())
            (folder / name).write_bytes(changed)
        done = fault.place.command("deploy", slug, str(folder))
        assert done.returncode == 0, f"deploy refused: {done.stderr.decode()[-300:]}"


def snapshot_damaged(fault: Fault) -> None:
    """The snapshots of two cases are cut off while a timer, a clerk and pages come to them; then mended and tried again."""
    place, slug = fault.place, fault.random.choice(SLUGS)
    token = place.kommunen[slug]["admin"]
    # The soonest timer, for somebody must come to it: a case that began while the clock was ahead waits for weeks.
    damaged = [_damage(fault, slug, "frist", "w.due_at")]
    damaged += [_damage(fault, slug, "aufgabe", "v.id DESC", but=damaged[0][0])]
    with Sender(place.folder, f"damaged-{uuid.uuid4().hex[:6]}", place.url) as sender:
        for id, _ in damaged:
            _look_at(fault, sender, slug, id)
        open_one = "SELECT id FROM incident WHERE vorgang_id = %s AND token = 'frei-zustand' AND state = 'offen'"
        for id, snapshot in damaged:
            until(lambda id=id: place.sql(slug, open_one, (id,)), "somebody has seen that it is damaged")
            place.sql(slug, "UPDATE vorgang SET snapshot = %s WHERE id = %s", (snapshot, id))
            for (incident,) in place.sql(slug, open_one, (id,)):
                path = f"/{slug}/api/v1/incidents/{incident}/retry"
                until(
                    lambda path=path: sender.send("retry", "POST", path, token, json={"variables": {}})[0] == OK,
                    "it is tried again",
                )


def _damage(fault: Fault, slug: str, table: str, order: str, but: str = "") -> tuple[str, bytes]:
    """Cut off the snapshot of a case that waits for a row of this table; gives what it was."""
    place = fault.place
    waits = (
        f"SELECT v.id, v.snapshot, v.stand FROM vorgang v JOIN {table} w ON w.vorgang_id = v.id "
        f"WHERE v.state = 'active' AND w.state = 'offen' AND v.id <> %s ORDER BY {order} LIMIT 1"
    )
    cut = "UPDATE vorgang SET snapshot = %s WHERE id = %s AND stand = %s RETURNING id"

    def damage() -> tuple[str, bytes] | None:
        for id, snapshot, stand in place.sql(slug, waits, (but,)):
            whole = bytes(snapshot)
            if place.sql(slug, cut, (whole[: len(whole) // 2], id, stand)):
                return id, whole
        return None

    found: tuple[str, bytes] = until(damage, f"a case waits for a row of {table}")
    return found


def _look_at(fault: Fault, sender: Sender, slug: str, id: str) -> None:
    """What a clerk does with a case."""
    known = fault.place.kommunen[slug]
    login, token = next(iter(known["clerks"].items()))
    sender.send("damaged", "GET", f"/{slug}/api/v1/vorgaenge/{id}", token, about={"vorgang": id})
    for (task,) in fault.place.sql(slug, "SELECT id FROM aufgabe WHERE vorgang_id = %s AND state = 'offen'", (id,)):
        path, about = f"/{slug}/api/v1/aufgaben/{task}", {"vorgang": id, "login": login}
        sender.send("damaged", "GET", f"{path}/formular", token, about=about)
        sender.send("damaged", "POST", f"{path}/complete", token, json={"data": {}}, about=about)
