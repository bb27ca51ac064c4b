"""Names of types in a FEEL text: number, list<string>, context<a: number>, function<number> -> string."""

from __future__ import annotations

from engine.feel.grammar.reader import Reader
from engine.feel.grammar.tree import TypeName

_LONG = ("date and time", "days and time duration", "years and months duration")
_GENERIC = ("list", "range", "context", "function")


def type_name(p: Reader) -> TypeName:
    """Read the type that stands here."""
    p.deeper()
    result = _type(p)
    p.depth -= 1
    return result


def _type(p: Reader) -> TypeName:
    for name in _LONG:
        words = name.split()
        if p.words[p.at : p.at + len(words)] == words:
            p.move(p.at + len(words))
            return TypeName(name)
    if p.tag == "function":
        p.advance()
        return _function(p) if p.tag == "<" else TypeName("function")
    if p.tag == "null":
        p.advance()
        return TypeName("Null")
    name = p.name()
    if name == "context" and p.tag == "<":
        return _context(p)
    if name in ("list", "range") and p.accept("<"):
        inner = type_name(p)
        p.expect(">")
        return TypeName(name, (inner,))
    while p.accept("."):
        name += "." + p.name(member=True)
    return TypeName(name)


def _context(p: Reader) -> TypeName:
    p.advance()
    labels, parts = [], []
    while p.tag != ">":
        labels.append(p.declared_name(":"))
        p.expect(":")
        parts.append(type_name(p))
        if not p.accept(","):
            break
    p.expect(">")
    return TypeName("context", tuple(parts), tuple(labels))


def _function(p: Reader) -> TypeName:
    p.advance()
    parts = []
    while p.tag != ">":
        parts.append(type_name(p))
        if not p.accept(","):
            break
    p.expect(">")
    p.expect("->", "function<number> -> string")
    return TypeName("function", (*parts, type_name(p)), ("->",))
