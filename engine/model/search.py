"""Search: the words by which a case is found, written with what they come from, in the same transaction.

One row for each Vorgang holds its words in order, folded: small letters without marks, ß as ss, and ä, ae and a the same, so
that Müller, Mueller and MULLER are one word. Both kinds of database index that text: SQLite in an FTS5 table that triggers keep
up to date, PostgreSQL in a generated tsvector with GIN, which knows the German word stems as well.

A query is taken apart into words before the database sees it: nothing that somebody types can be query syntax.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from engine.base.db import Base, Tx
from engine.base.ports import Letter
from engine.model.waits import ID

EDITION = 1
"""How the words are made. A change of the rules below raises it, and the next upgrade writes the rows again."""
LONGEST_WORD = 60
MOST_AT_ONCE, MOST = 40_000, 100_000
"""Characters of one addition, and of a case in all: a tsvector takes a megabyte, and an application must not fail for it."""
LONGEST_QUERY, MOST_TERMS = 200, 12


class Search(Base):
    __tablename__ = "search"

    number: Mapped[int] = mapped_column(primary_key=True)
    """In the order of the cases: what is found is read from the newest on, however much there is."""
    vorgang_id: Mapped[str] = mapped_column(ID, sa.ForeignKey("vorgang.id", ondelete="CASCADE"), unique=True)
    edition: Mapped[int]
    words: Mapped[str] = mapped_column(sa.Text)


T = Search.__table__
INDEX = "search_index"
TERMS = "terms"
_INDEX = sa.table(INDEX, sa.column("rowid"))


# --- words ---------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")
_SPELT_OUT = re.compile("(?<=[aou])e")
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"})


def words(text: str) -> list[str]:
    """The words of a text as they are compared; what begins a word begins the folded word too."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter)).translate(_PLAIN)
    return [word[:LONGEST_WORD] for word in _WORD.findall(_SPELT_OUT.sub("", bare))]


def answers(items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The labels and answers of an application, as it is kept for reading."""
    for item in items:
        yield item["label"]
        yield _written(item["value"])
        yield from answers(item["items"])


def _written(value: Any) -> str:
    """An answer as people may type it; a day in the ways it is written."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, dt.date):
        return f"{value.isoformat()} {value:%d.%m.%Y} {value.day}.{value.month}.{value.year}"
    return str(value)


def letter_texts(letter: Letter) -> Iterator[str]:
    """What a letter says: its subject and its parts."""
    yield letter.subject
    for section in letter.sections:
        yield section.heading
        for block in section.blocks:
            yield block.text
            yield from block.cells


# --- writing -------------------------------------------------------------------------------------------------------


def line_of(texts: Iterable[str]) -> str:
    """The words of several texts as they are kept."""
    return " ".join(word for text in texts for word in words(text[:MOST_AT_ONCE]))[:MOST_AT_ONCE]


def add(tx: Tx, vorgang_id: str, texts: Iterable[str]) -> None:
    """Let a case be found by more texts."""
    line = line_of(texts)
    if not line:
        return
    insert = (postgresql.insert if tx.dialect == "postgresql" else sqlite.insert)(T)
    longer = sa.func.substr(T.c.words + " " + insert.excluded.words, 1, MOST)
    tx.execute(
        insert.values(vorgang_id=vorgang_id, edition=EDITION, words=line).on_conflict_do_update(
            index_elements=[T.c.vorgang_id], set_={"words": longer}
        )
    )


def replace(tx: Tx, vorgang_id: str, lines: Iterable[str]) -> None:
    """Write the words of a case anew."""
    line = " ".join(lines)[:MOST]
    values = {"edition": EDITION, "words": line}
    if not tx.execute(sa.update(T).where(T.c.vorgang_id == vorgang_id).values(**values)).rowcount:
        tx.execute(sa.insert(T).values(vorgang_id=vorgang_id, **values))


# --- finding -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must follow each other. `open`: the last one may go on."""

    words: tuple[str, ...]
    open: bool


_QUOTES = str.maketrans(dict.fromkeys("„“”‟«»", '"'))
_PIECE = re.compile(r'"([^"]*)("?)|([^\s"]+)')


def terms(query: str) -> tuple[Term, ...]:
    """What is asked for: each word or number, and each "phrase in quotation marks"; a phrase is meant as it stands."""
    found = []
    for quoted, closed, plain in _PIECE.findall(query[:LONGEST_QUERY].translate(_QUOTES)):
        sequence = tuple(words(quoted or plain))
        if sequence:
            # One letter begins half the dictionary; a house number is meant as it is.
            found.append(Term(sequence, not closed and len(sequence[-1]) > 1))
    return tuple(dict.fromkeys(found))[:MOST_TERMS]


@dataclass(frozen=True, slots=True)
class Hits:
    """What a query finds: tables to read from (this module's among them), the condition, and the order: newest first.

    `probe` is the condition on rows of this module's table alone, for few cases that are known already.
    """

    source: sa.FromClause
    condition: sa.ColumnElement[bool]
    newest: sa.UnaryExpression[Any]
    probe: sa.ColumnElement[bool]


def hits(query: str, dialect: str) -> Hits:
    """The cases with all that is asked for; where nothing is asked for, none."""
    asked = terms(query)
    if not asked:
        return Hits(T, sa.false(), T.c.number.desc(), sa.false())
    if dialect == "postgresql":
        matching = sa.literal_column(f"{T.name}.{TERMS}").bool_op("@@")(_tsquery(asked))
        return Hits(T, matching, T.c.number.desc(), matching)
    matching = sa.literal_column(INDEX).bool_op("MATCH")(" AND ".join(map(_fts5, asked)))
    # FTS5 looks up the beginnings of words for each row anew; in few rows the text itself is searched sooner.
    probe = sa.and_(*(sa.literal(" ").concat(T.c.words).concat(" ").contains(_spelt(term)) for term in asked))
    return Hits(_INDEX.join(T, T.c.number == _INDEX.c.rowid), matching, _INDEX.c.rowid.desc(), probe)


def _spelt(term: Term) -> str:
    """A term as it stands in a line of words."""
    return f" {' '.join(term.words)}{'' if term.open else ' '}"


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"{" *" if term.open else ""}'


def _tsquery(asked: Iterable[Term]) -> sa.ColumnElement[Any]:
    return reduce(lambda one, other: one.op("&&")(other), map(_alternatives, asked))


def _alternatives(term: Term) -> sa.ColumnElement[Any]:
    """The words as they are; one word alone also in its other forms (Bäume, Baum)."""
    text = " <-> ".join(term.words) + (":*" if term.open else "")
    plain: sa.ColumnElement[Any] = sa.func.to_tsquery(sa.literal_column("'simple'"), text)
    if not term.open or len(term.words) > 1:
        return plain
    return sa.func.tsquery_or(plain, sa.func.to_tsquery(sa.literal_column("'german'"), term.words[0]))


# --- the index -----------------------------------------------------------------------------------------------------

_MADE = {
    "sqlite": """
        CREATE VIRTUAL TABLE search_index USING fts5 (
            words, content='search', content_rowid='number', tokenize='unicode61 remove_diacritics 0', prefix='2 3 4'
        );;
        CREATE TRIGGER search_added AFTER INSERT ON search BEGIN
            INSERT INTO search_index (rowid, words) VALUES (new.number, new.words);
        END;;
        CREATE TRIGGER search_removed AFTER DELETE ON search BEGIN
            INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.number, old.words);
        END;;
        CREATE TRIGGER search_changed AFTER UPDATE OF words ON search BEGIN
            INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.number, old.words);
            INSERT INTO search_index (rowid, words) VALUES (new.number, new.words);
        END
    """,
    "postgresql": """
        ALTER TABLE search ADD COLUMN terms tsvector
            GENERATED ALWAYS AS (to_tsvector('simple', words) || to_tsvector('german', words)) STORED;;
        CREATE INDEX search_index ON search USING gin (terms)
    """,
}


def make_index(connection: sa.Connection) -> None:
    """Make the index over the words, in the way of the database."""
    for statement in _MADE[connection.dialect.name].split(";;"):
        connection.exec_driver_sql(statement)


def has_index(connection: sa.Connection) -> bool:
    """Whether the index is there."""
    inspector = sa.inspect(connection)
    if connection.dialect.name == "sqlite":
        return inspector.has_table(INDEX)
    return inspector.has_table(T.name) and any(column["name"] == TERMS for column in inspector.get_columns(T.name))


def is_index(name: str | None, kind: str) -> bool:
    """Whether a name in the database is part of the index, which the tables in the code do not know."""
    return name is not None and ((kind == "table" and name.startswith(INDEX)) or name in {INDEX, TERMS})
