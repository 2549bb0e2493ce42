"""References as BibTeX: entries that a parser reads, each source once."""

import re

import pytest

import synapses
from synapses import Reference
from synapses.language.bibtex import bibtex

ENTRY = re.compile(r"@misc\{([a-z0-9]+),\n((?:  [a-z]+ = \{[^{}\n]*\},\n)+)\}")


def read(text):
    """Entries of a text that is nothing but entries: ``{key: {field: value}}``."""
    found = ENTRY.findall(text)
    assert ENTRY.sub("", text).strip() == ""
    assert len({key for key, _ in found}) == len(found)
    return {key: dict(re.findall(r"  ([a-z]+) = \{(.*)\},", fields)) for key, fields in found}


@pytest.mark.parametrize("name", synapses.names())
def test_every_model_is_cited_by_entries_that_can_be_read(name):
    model = synapses.named(name)
    entries = read(model.bibtex())
    assert bool(entries) == ("No sources" not in model.cite())
    for fields in entries.values():
        assert fields["author"] and re.fullmatch(r"\d{4}", fields["year"]) and fields["note"]
        assert not re.search(r"(?<!\\)[&%#_$]", " ".join(v for k, v in fields.items() if k not in ("doi", "eprint")))


def test_an_entry():
    entries = read(synapses.graupner_brunel().bibtex())
    assert list(entries) == ["graupner2012"]
    fields = entries["graupner2012"]
    assert fields["author"] == "Graupner and Brunel" and fields["doi"] == "10.1073/pnas.1109359109"
    assert fields["title"].startswith("Calcium-based plasticity model") and fields["title"].endswith(
        "PNAS 109:3991-3996"
    )


def test_other_works_of_an_author_and_year_have_keys_of_their_own():
    one = Reference("Büsing et al. 2010, A & B", "doi:10.1/2.x_y")
    other = Reference("Büsing 2010, C", "arXiv:2409.00021", "inspired by", "100 % of it")
    entries = read(bibtex([one, other, one]))
    assert list(entries) == ["busing2010", "busing2010b"]
    assert entries["busing2010"]["author"] == "Büsing and others" and entries["busing2010"]["title"] == r"A \& B"
    assert (
        entries["busing2010b"]["eprint"] == "2409.00021"
        and entries["busing2010b"]["note"] == r"inspired by: 100 \% of it"
    )
