"""Who is competent for what: the rules by which the central door finds municipalities."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import add_rule, list_kommunen, remove_rule
from engine.base.errors import Cause, Conflict, Invalid
from engine.reads import operator as looks
from forms.characters import cleaned
from web.betrieb.blueprint import betrieb
from web.forms import WRONG, causes_of, page_number, text
from web.identity import required_konto

FIELDS = ("kommune", "stelle", "leika", "ags", "einheit")


def choices() -> list[tuple[str, str]]:
    """The municipalities to choose from, by name."""
    found = [(one.slug, f"{one.name} ({one.slug})") for one in list_kommunen() if one.state in ("bereit", "gesperrt")]
    return sorted(found, key=lambda choice: choice[1])


@betrieb.get("/zustaendigkeiten")
def list_rules() -> str:
    """All rules."""
    words = cleaned(request.args.get("q", "").strip())[:100]
    names = {one.slug: one.name for one in list_kommunen()}
    return render_template(
        "betrieb_zustaendigkeiten.html", rules=looks.list_rules(words, page_number("seite")), names=names, q=words
    )


@betrieb.route("/zustaendigkeiten/neu", methods=["GET", "POST"])
def new_rule() -> str | BaseResponse | tuple[str, int]:
    """Write down who is competent."""
    causes: tuple[Cause, ...] = ()
    filled = {name: text(name) for name in FIELDS} | {"kommune": text("kommune") or cleaned(request.args.get("kommune", ""))}
    if request.method == "POST":
        said = {"stelle": filled["stelle"], "leika": filled["leika"], "ags": filled["ags"], "unit": filled["einheit"]}
        try:
            add_rule(filled["kommune"], **said, by=required_konto())
        except (Invalid, Conflict) as refusal:
            causes = causes_of(refusal)
        else:
            flash(_("Die Zuständigkeit ist eingetragen. Sie gilt für den nächsten Antrag."))
            return redirect(url_for("betrieb.list_rules"), 303)
    page = render_template("betrieb_zustaendigkeit_neu.html", filled=filled, kommunen=choices(), causes=causes)
    return (page, WRONG) if causes else page


@betrieb.post("/zustaendigkeiten/<id:rule_id>/austragen")
def drop_rule(rule_id: str) -> BaseResponse:
    """Take a rule out."""
    remove_rule(rule_id, by=required_konto())
    flash(_("Die Zuständigkeit ist ausgetragen. Was schon angekommen ist, bleibt, wo es ist."))
    return redirect(url_for("betrieb.list_rules"), 303)
