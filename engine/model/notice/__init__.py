'''Notice: letters from a bundle's text blocks. `notices/<name>.toml` → Notice (checked once) → Letter (filled in).

    title = "Genehmigung"
    subject = "Antrag vom {datum= vorgang.eingang}"
    addressee = ["{= antragsteller.name}", "…"]
    salutation = "Guten Tag {= antragsteller.name},"
    signatory = "{= bearbeitung.name}"
    gebunden = true                  # a Bescheid without discretion: it needs no section `ermessen`
    [[section]]
    kind = "tenor"                   # see skeleton.PARTS
    heading = "Entscheidung"         # without one, the part's own
    when = "FEEL"                    # left out unless true; neither true nor false is a refusal
    text = """
    1. numbered
    - bulleted
    | cell | cell |
    a paragraph {euro= gebuehr_cent}
    """
    [[section]]
    kind = "ermessen"
    [[section.variante]]             # instead of `text`: the first whose `when` holds, until a person chooses another
    name = "Das öffentliche Interesse überwiegt"
    when = "FEEL"
    text = "…"
    [[section]]
    kind = "rechtsbehelf"            # its sentence is ours
    rechtsbehelf = "Widerspruch"     # or "Klage", with gericht instead of behoerde
    behoerde = "{= parameter.widerspruch_behoerde}"
    sitz = "{= parameter.widerspruch_sitz}"
    frist = "eines Monats"
    [data]                           # attached to the PDF, machine-readable, beside what we attach ourselves
    entscheidung = "FEEL"

* reading: a file becomes a Notice and findings
* skeleton: which parts a letter has, and what a Bescheid must have (§§ 36, 37, 39 VwVfG, § 58 VwGO), when it is checked and
  again when it is filled in
* filling: a Notice and the variables of a Vorgang become a Letter
* revising: a Letter with other text, as a person wrote it

Placeholders are `{= FEEL }`, `{datum= FEEL }` (2. März 2026) and `{euro= FEEL }` (cents → 50,00 Euro). The structure of a text
is read before values are put in, so what a citizen wrote is inert. A placeholder without a value is a refusal, never a gap.
'''

from engine.model.notice.filling import fill, is_bescheid, offered
from engine.model.notice.reading import parse_notice
from engine.model.notice.revising import Written, revised, rewritten
from engine.model.notice.skeleton import ANCILLARY, PARTS, REMEDIES, RESERVED, required
from engine.model.notice.values import Notice, Variant, expressions_in
from engine.model.notice.written import FORMATS, text_of

SECTION_KINDS = frozenset(PARTS)

__all__ = [
    "ANCILLARY",
    "FORMATS",
    "PARTS",
    "REMEDIES",
    "RESERVED",
    "SECTION_KINDS",
    "Notice",
    "Variant",
    "Written",
    "expressions_in",
    "fill",
    "is_bescheid",
    "offered",
    "parse_notice",
    "required",
    "revised",
    "rewritten",
    "text_of",
]
