"""References as BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from synapses.language.declarations import Reference

_CITATION = re.compile(r"(?P<authors>.+?) (?P<year>\d{4})(?:, (?P<rest>.+))?")
_SPECIAL = {"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "$": r"\$"}


def bibtex(references: Iterable[Reference]) -> str:
    """An entry for each source, each once; what was taken from it is its note.

    A citation is one text, "Authors year, title, journal": the title of an entry is all that comes after the year.
    """
    entries: dict[str, dict[str, str]] = {}
    for reference in references:
        fields = _fields(reference)
        key = _key(fields)
        known = entries.setdefault(key, fields)
        if (known["author"], known["year"], known.get("title")) != tuple(map(fields.get, ("author", "year", "title"))):
            entries[key + chr(ord("a") + sum(k.startswith(key) for k in entries))] = fields
    return "\n\n".join(_entry(key, fields) for key, fields in entries.items())


def _fields(reference: Reference) -> dict[str, str]:
    found = _CITATION.fullmatch(reference.citation)
    authors, year, rest = found.groups() if found else (reference.citation, "", "")
    names = re.sub(r" et al\.?$", ", others", authors).split(", ")
    fields = {"author": " and ".join(names), "title": rest or "", "year": year}
    link = reference.link
    if doi := re.search(r"10\.\d{4,}/\S+", link):
        fields["doi"] = doi[0]
    elif arxiv := re.fullmatch(r"arXiv[: ]?(\S+)", link):
        fields |= {"eprint": arxiv[1], "archiveprefix": "arXiv"}
    elif link:
        fields["howpublished"] = link
    fields["note"] = f"{reference.relation}{': ' + reference.what if reference.what else ''}"
    return {name: value for name, value in fields.items() if value or name in ("author", "year")}


def _key(fields: dict[str, str]) -> str:
    first = unicodedata.normalize("NFKD", fields["author"].split(" and ")[0]).encode("ascii", "ignore").decode()
    return re.sub(r"\W", "", first).lower() + fields["year"]


def _entry(key: str, fields: dict[str, str]) -> str:
    lines = []
    for name, value in fields.items():
        plain = value if name in ("doi", "eprint") else "".join(_SPECIAL.get(sign, sign) for sign in value)
        lines.append(f"  {name} = {{{plain}}},")
    return "\n".join([f"@misc{{{key},", *lines, "}"])
