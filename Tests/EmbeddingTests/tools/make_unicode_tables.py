"""Writes Sources/Embedding/WordPiece/UnicodeTables.swift.

The reference tokenizer (Hugging Face `tokenizers`, BERT uncased: clean text, space ideographs, strip accents, lower-case,
split at punctuation) is asked what it makes of every Unicode scalar; the answers are the tables. So the Swift tokenizer
follows the reference's version of Unicode, not that of the Swift library it happens to run on.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install tokenizers==0.23.3
    /tmp/v/bin/python Tests/EmbeddingTests/tools/make_unicode_tables.py data/models/source/vocab.txt
"""

import pathlib
import sys
import unicodedata

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

HANGUL = range(0xAC00, 0xD7A4)  # decomposed by rule
OUTPUT = pathlib.Path(__file__).parents[3] / "Sources/Embedding/WordPiece/UnicodeTables.swift"

normalizer = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
splitter = BertPreTokenizer()


def classify(scalar):
    """Returns the class of a scalar and the scalars it becomes."""
    text = normalizer.normalize_str(chr(scalar))
    if text == "":
        return "dropped", ""
    if text == " ":
        return "space", ""
    if text[0] == " " and text[-1] == " ":
        assert len(text) == 3, hex(scalar)
        return "ideograph", text[1]
    pieces = splitter.pre_tokenize_str("a" + text + "b")
    if len(pieces) == 3:
        assert len(text) == 1, hex(scalar)
        return "punctuation", text
    assert len(pieces) == 1, hex(scalar)
    return "letter", text


def runs(scalars):
    """Joins neighbours: 41-5A 61-7A 5F"""
    out = []
    for scalar in sorted(scalars):
        if out and out[-1][1] == scalar - 1:
            out[-1][1] = scalar
        else:
            out.append([scalar, scalar])
    return [f"{a:X}-{b:X}" if a != b else f"{a:X}" for a, b in out]


def mappings(changes):
    """Joins neighbours that each become one scalar: C0:61,61,61; several scalars are joined by '+'."""
    out = []
    last = None
    for scalar, text in sorted(changes.items()):
        target = "+".join(f"{ord(c):X}" for c in text)
        if last is not None and scalar == last + 1:
            out[-1] += "," + target
        else:
            out.append(f"{scalar:X}:{target}")
        last = scalar
    return out


def literal(name, comment, items):
    lines, line = [], ""
    for item in items:
        while len(item) > 110:  # a long run of mappings: cut after a comma, go on at the right scalar
            cut = item.rindex(",", 0, 100)
            first, _, rest = item.partition(":")
            done = item[:cut].count(",") + 1
            head, item = item[:cut], f"{int(first, 16) + done:X}:{item[cut + 1:]}"
            if line:
                lines.append(line)
                line = ""
            lines.append(head)
        if len(line) + len(item) + 1 > 110:
            lines.append(line)
            line = item
        else:
            line = f"{line} {item}" if line else item
    lines.append(line)
    body = "\n".join("        " + line for line in lines)
    return f'    /// {comment}\n    static let {name}: StaticString = """\n{body}\n        """\n'


def main():
    members = {"dropped": [], "space": [], "ideograph": [], "punctuation": []}
    changes = {}
    kept_marks = []
    for scalar in range(0x110000):
        if 0xD800 <= scalar <= 0xDFFF:
            continue
        kind, text = classify(scalar)
        if kind in members:
            members[kind].append(scalar)
        elif unicodedata.combining(chr(scalar)):
            kept_marks.append(chr(scalar))
        if text and text != chr(scalar) and scalar not in HANGUL:
            changes[scalar] = text

    # Canonical order could only move marks that are kept. None occurs in a word piece, so a word with one is unknown
    # in whatever order, and the tokenizer need not sort.
    vocabulary = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    assert not any(mark in vocabulary for mark in kept_marks)

    OUTPUT.write_text(
        "// Made by Tests/EmbeddingTests/tools/make_unicode_tables.py; see there. Hexadecimal scalars.\n\n"
        "/// What the reference tokenizer makes of each Unicode scalar, as text that ``ScalarTable`` reads once.\n"
        "enum UnicodeTables {\n"
        + "\n".join(
            [
                literal("dropped", "Controls, formats, private use and non-spacing marks: left out.", runs(members["dropped"])),
                literal("spaces", "White space: ends a word.", runs(members["space"])),
                literal("ideographs", "Chinese characters: words of their own.", runs(members["ideograph"])),
                literal("punctuation", "Punctuation: words of their own.", runs(members["punctuation"])),
                literal(
                    "mappings",
                    "Scalars that change, as FIRST:TARGET,TARGET: decomposed, without marks, lower-cased.",
                    mappings(changes),
                ),
            ]
        )
        + "}\n",
        encoding="utf-8",
    )


main()
