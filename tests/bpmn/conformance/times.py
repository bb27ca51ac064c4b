"""Timers: dates, durations, repetitions and schedules, on the calendar of Germany."""

from __future__ import annotations

from tests.bpmn.conformance.behaviour import (
    Collection,
    Step,
    again,
    aside,
    done,
    due,
    incident,
    later,
    line,
    listener,
    play,
    waiting,
)
from tests.bpmn.diagrams import (
    beside_timer,
    boundary_timer,
    end,
    flows,
    node,
    process,
    script,
    start,
    timer,
    timer_definition,
    user,
)

b = Collection()


def cycle(text: str) -> bytes:
    return line(user("u"), aside(beside_timer("r", "u", text, "timeCycle"), script("z", "n + 1", "n")))


def turns(*instants: str) -> tuple[Step, ...]:
    """The timer is due at each of these instants, one after another."""
    found: list[Step] = []
    for instant in instants:
        found += [due("r", instant), {"fire": "r"}]
    return tuple(found)


b.of("Zeitereignis")
WAIT = line(timer("t", "=wann"))
b(
    "als Dauer: fällig, wenn sie um ist",
    line(timer("t", "P14D")),
    play({}, waiting("t"), due("t", "2026-03-16T09:00:00+01:00"), later("P14D"), ends=["end"]),
)
b(
    "als Zeitpunkt: fällig dann, ohne Versatz in deutscher Zeit",
    line(timer("t", "2026-07-01T12:00:00", "timeDate")),
    play({}, due("t", "2026-07-01T10:00:00Z"), later("P150D")),
)
b(
    "als Tag: fällig um Mitternacht in Deutschland",
    line(timer("t", '=date("2026-12-24")', "timeDate")),
    play({}, due("t", "2026-12-24T00:00:00+01:00"), later("P1Y")),
)
b("in der Vergangenheit ist sofort fällig", line(timer("t", "2020-01-01T00:00:00Z", "timeDate")), play({}, ends=["end"]))
b(
    "mit einer negativen Dauer aus FEEL ist sofort fällig, wie bei Camunda 8",
    line(timer("t", '=date and time("2026-01-01T00:00:00Z") - date and time("2026-02-01T00:00:00Z")')),
    play({}, ends=["end"]),
)
b(
    "rechnet aus FEEL: Dauer, Zeitpunkt oder Text",
    WAIT,
    play({"wann": "P1D"}, due("t", "2026-03-03T09:00:00+01:00"), later("P1D")),
)
b(
    "rechnet mit Variablen",
    line(timer("t", '=duration("P" + string(tage) + "D")')),
    play({"tage": 3}, due("t", "2026-03-05T09:00:00+01:00"), later("P3D")),
)
b(
    "das keine Zeit ergibt, ist eine Störung",
    WAIT,
    play(
        {},
        incident("t", "keinen Wert"),
        again("t", wann="bald"),
        incident("t", "keine Dauer"),
        again("t", wann="PT1M"),
        later("PT1M"),
    ),
)
b(
    "wird bei seinem Beginn berechnet und ändert sich nicht mehr",
    line(user("u"), boundary_timer("r", "u", "=wann")),
    play({"wann": "P2D"}, later("P1D"), due("r", "2026-03-04T09:00:00+01:00"), later("P1D"), ends=["nach_r"]),
)
for now, text, wanted, says in (
    ("2026-01-31T12:00:00+01:00", "P1M", "2026-02-28T12:00:00+01:00", "einen Monat nach dem 31. Januar ist der letzte Februar"),
    (
        "2028-01-31T12:00:00+01:00",
        "P1M",
        "2028-02-29T12:00:00+01:00",
        "einen Monat nach dem 31. Januar im Schaltjahr ist der 29. Februar",
    ),
    ("2026-03-31T12:00:00+02:00", "P1M", "2026-04-30T12:00:00+02:00", "einen Monat nach dem 31. März ist der 30. April"),
    ("2028-02-29T12:00:00+01:00", "P1Y", "2029-02-28T12:00:00+01:00", "ein Jahr nach dem 29. Februar ist der 28."),
    (
        "2026-03-28T12:00:00+01:00",
        "P1D",
        "2026-03-29T12:00:00+02:00",
        "ein Tag über die Umstellung auf Sommerzeit hat 23 Stunden",
    ),
    ("2026-03-28T12:00:00+01:00", "PT24H", "2026-03-29T13:00:00+02:00", "24 Stunden sind 24 Stunden, auch über die Umstellung"),
    (
        "2026-10-24T12:00:00+02:00",
        "P1D",
        "2026-10-25T12:00:00+01:00",
        "ein Tag über die Umstellung auf Winterzeit hat 25 Stunden",
    ),
    (
        "2026-03-28T02:30:00+01:00",
        "P1D",
        "2026-03-29T03:30:00+02:00",
        "eine Uhrzeit, die es nicht gibt, rückt um eine Stunde vor",
    ),
    ("2026-10-24T02:30:00+02:00", "P1D", "2026-10-25T02:30:00+02:00", "eine Uhrzeit, die es zweimal gibt, ist die erste"),
    (
        "2026-03-02T09:00:00+01:00",
        "P1Y2M3DT4H5M6S",
        "2027-05-05T13:05:06+02:00",
        "Jahre, Monate und Tage im Kalender, dann Stunden genau",
    ),
    ("2026-03-02T09:00:00+01:00", "P2W", "2026-03-16T09:00:00+01:00", "Wochen"),
):
    b(f"zählt auf dem Kalender: {says}", line(timer("t", text)), play({}, due("t", wanted), later("P3Y"), now=now))
b(
    "nach einem Stillstand: alles Fällige geschieht, in der Reihenfolge der Zeiten",
    process(
        start(),
        node("parallelGateway", "g"),
        timer("t2", "P2D"),
        timer("t1", "P1D"),
        end(),
        flows("start > g > t2 > end", "g > t1 > end"),
    ),
    play({}, later("P9D"), order=["t1", "t2"]),
)

b.of("Wiederholung")
b(
    "R3/P7D: dreimal, alle sieben Tage",
    cycle("R3/P7D"),
    play({"n": 0}, later("P6D"), waiting("u", "r"), later("P40D"), waiting("u"), done("u"), variables={"n": 3}),
)
b("R/PT1H: ohne Ende, bis die Aktivität endet", cycle("R/PT1H"), play({"n": 0}, later("P1D"), done("u"), variables={"n": 24}))
b(
    "mit erstem Zeitpunkt: ab dann",
    cycle("R2/2026-03-05T09:00:00+01:00/P1D"),
    play({"n": 0}, *turns("2026-03-05T09:00:00+01:00", "2026-03-06T09:00:00+01:00"), done("u"), variables={"n": 2}),
)
b(
    "jeden Monat ab dem 31.: immer der letzte Tag, ohne abzudriften",
    cycle("R/2026-01-31T09:00:00+01:00/P1M"),
    play(
        {"n": 0},
        *turns(
            "2026-01-31T09:00:00+01:00",
            "2026-02-28T09:00:00+01:00",
            "2026-03-31T09:00:00+02:00",
            "2026-04-30T09:00:00+02:00",
            "2026-05-31T09:00:00+02:00",
        ),
        done("u"),
        now="2026-01-15T08:00:00+01:00",
    ),
    play(
        {"n": 0},
        {"sleep": "P45D"},
        {"fire": "r"},
        due("r", "2026-03-31T09:00:00+02:00"),
        done("u"),
        now="2026-01-15T08:00:00+01:00",
    ),
)
b(
    "jeden Monat ohne ersten Zeitpunkt zählt ab dem Beginn",
    cycle("R/P1M"),
    play(
        {"n": 0}, *turns("2026-02-28T09:00:00+01:00", "2026-03-31T09:00:00+02:00"), done("u"), now="2026-01-31T09:00:00+01:00"
    ),
)
b(
    "jeden Tag um neun bleibt bei neun, auch über die Umstellung der Zeit",
    cycle("R/P1D"),
    play(
        {"n": 0},
        *turns("2026-03-28T09:00:00+01:00", "2026-03-29T09:00:00+02:00", "2026-03-30T09:00:00+02:00"),
        done("u"),
        now="2026-03-27T09:00:00+01:00",
    ),
)
b(
    "nach einem Stillstand geschieht Versäumtes einmal, und es geht im alten Takt weiter",
    cycle("R/P1D"),
    play({"n": 0}, {"sleep": "P10DT5H"}, {"fire": "r"}, due("r", "2026-03-13T09:00:00+01:00"), done("u"), variables={"n": 1}),
)
b(
    "ein Mal, wo nur einmal gewartet wird",
    line(node("intermediateCatchEvent", "t", "", timer_definition("R3/P1D", "timeCycle"))),
    play({}, later("P1D"), ends=["end"]),
)
b(
    "auch am Ereignis-Teilprozess",
    line(
        user("u"),
        listener(
            "es",
            node("startEvent", "r", "", timer_definition("R2/P1D", "timeCycle"), isInterrupting="false"),
            script("z", "n + 1", "n"),
        ),
    ),
    play({"n": 0}, later("P9D"), done("u"), variables={"n": 2}),
)
b("aus FEEL", cycle('="R" + string(mal) + "/P1D"'), play({"n": 0, "mal": 2}, later("P9D"), done("u"), variables={"n": 2}))
b(
    "die keine ist, ist eine Störung",
    cycle("=wie"),
    play(
        {"n": 0, "wie": "täglich"},
        incident("r", "keine Wiederholung"),
        again("r", wie="R1/P1D"),
        later("P1D"),
        done("u"),
        variables={"n": 1},
    ),
)

b.of("Zeitplan (cron)")
for text, now, wanted, says in (
    (
        "0 0 9 * * MON-FRI",
        "2026-03-06T10:00:00+01:00",
        ("2026-03-09T09:00:00+01:00", "2026-03-10T09:00:00+01:00"),
        "werktags um neun",
    ),
    (
        "0 */15 8-9 * * *",
        "2026-03-02T08:50:00+01:00",
        ("2026-03-02T09:00:00+01:00", "2026-03-02T09:15:00+01:00"),
        "alle 15 Minuten von acht bis zehn",
    ),
    (
        "0 0 12 1 * ?",
        "2026-03-02T08:00:00+01:00",
        ("2026-04-01T12:00:00+02:00", "2026-05-01T12:00:00+02:00"),
        "am Ersten jedes Monats",
    ),
    (
        "0 0 12 L * *",
        "2026-01-31T13:00:00+01:00",
        ("2026-02-28T12:00:00+01:00", "2026-03-31T12:00:00+02:00"),
        "am letzten Tag jedes Monats",
    ),
    (
        "0 0 12 L-1 * *",
        "2026-02-01T13:00:00+01:00",
        ("2026-02-27T12:00:00+01:00", "2026-03-30T12:00:00+02:00"),
        "am vorletzten Tag",
    ),
    (
        "0 0 12 LW * *",
        "2026-05-01T13:00:00+02:00",
        ("2026-05-29T12:00:00+02:00", "2026-06-30T12:00:00+02:00"),
        "am letzten Werktag des Monats",
    ),
    (
        "0 0 12 1W * *",
        "2026-07-15T13:00:00+02:00",
        ("2026-08-03T12:00:00+02:00", "2026-09-01T12:00:00+02:00"),
        "am Werktag, der dem Ersten am nächsten ist",
    ),
    (
        "0 0 12 * * FRI#2",
        "2026-03-01T13:00:00+01:00",
        ("2026-03-13T12:00:00+01:00", "2026-04-10T12:00:00+02:00"),
        "am zweiten Freitag",
    ),
    (
        "0 0 12 * * 5L",
        "2026-03-01T13:00:00+01:00",
        ("2026-03-27T12:00:00+01:00", "2026-04-24T12:00:00+02:00"),
        "am letzten Freitag",
    ),
    ("0 0 0 29 2 *", "2026-03-01T13:00:00+01:00", ("2028-02-29T00:00:00+01:00", "2032-02-29T00:00:00+01:00"), "am 29. Februar"),
    ("0 0 8 13 * FRI", "2026-03-14T13:00:00+01:00", ("2026-11-13T08:00:00+01:00",), "Freitag, der 13.: beides muss stimmen"),
    ("@daily", "2026-03-28T13:00:00+01:00", ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"), "@daily"),
    (
        "0 30 2 * * *",
        "2026-03-28T13:00:00+01:00",
        ("2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"),
        "eine Uhrzeit, die es bei der Umstellung nicht gibt, rückt vor",
    ),
    (
        "0 30 2 * * *",
        "2026-10-24T13:00:00+02:00",
        ("2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"),
        "eine Uhrzeit, die es zweimal gibt, zählt einmal",
    ),
    (
        "@hourly",
        "2026-10-25T01:30:00+02:00",
        ("2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"),
        "jede Stunde auch in der doppelten Stunde",
    ),
):
    b(f"{text}: {says}", cycle(text), play({"n": 0}, *turns(*wanted), done("u"), now=now))
b(
    "holt nach einem Stillstand einmal nach",
    cycle("0 0 9 * * *"),
    play({"n": 0}, {"sleep": "P5DT1H"}, {"fire": "r"}, due("r", "2026-03-08T09:00:00+01:00"), done("u"), variables={"n": 1}),
)
