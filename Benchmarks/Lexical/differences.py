"""Counts where two analyses of the same texts have other terms, and says of what kind the differences are.

usage: differences.py OURS.tsv LUCENES.tsv [EXAMPLES]

Both files hold lines of id, an empty field, and the text's terms with spaces between, in the same order: ours as `tokens`
of `Benchmarks lexical` writes them, Lucene's as `LuceneBench tokens` does (standard tokenizer, lower case, Snowball's
English stemmer). Runs of terms that differ are counted once each, by the first kind that fits:

marks        signs with a picture of their own, and letters in circles (®, ⚠, ⓘ), which Lucene takes for words or parts of them
stems        a term for a term, both of the letters a to z: libstemmer 2.2 against Lucene's Snowball 3
apostrophes  the typographic one, which is "'" here and stays what it is there: it’s
accents      the same term once accents are folded: the engine folds them, Lucene's bare chain does not
long words   a word of more than 255 bytes or letters, which one cuts and the other splits
middles      the same letters, split at another place: a point, colon or middle dot between letters
others       anything else
"""

import collections
import difflib
import re
import sys
import unicodedata

KINDS = ("marks", "stems", "apostrophes", "accents", "long words", "middles", "others")
# Letters that do not come apart into a letter and its mark.
LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th", "ſ": "s",
                         "ħ": "h", "ŧ": "t", "ŋ": "n", "ς": "σ"})


def fold(term):
    plain = unicodedata.normalize("NFKD", term.translate(LETTERS)).translate(LETTERS)
    return "".join(letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Cf"))


def letters(terms):
    return "".join(letter for letter in fold("".join(terms)) if unicodedata.category(letter)[0] in "LN")


def has_substance(term):
    return any(unicodedata.category(letter)[0] in "LN" for letter in term)


def without_signs(terms):
    plain = ("".join(letter for letter in term if unicodedata.category(letter) != "So") for term in terms)
    return [term for term in plain if has_substance(term)]


def kind(ours, theirs):
    if without_signs(ours) == without_signs(theirs):
        return "marks"
    ours, theirs = without_signs(ours), without_signs(theirs)
    if [fold(term) for term in theirs] == [fold(term) for term in ours]:
        return "accents"
    if max(map(len, [*ours, *theirs]), default=0) > 200:
        return "long words"
    if len(ours) == len(theirs):
        pairs = [(a, b) for a, b in zip(ours, theirs) if a != b]
        if all(re.fullmatch("[a-z]+", a + b) for a, b in pairs):
            return "stems"
        if any("’" in b for _, b in pairs):
            return "apostrophes"
        # A word with an accent is stemmed with it there, without it here.
        if all(fold(a)[:2] == fold(b)[:2] and not (a + b).isascii() for a, b in pairs):
            return "accents"
    return "middles" if letters(ours) == letters(theirs) else "others"


def main():
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    runs, texts, examples = collections.Counter(), collections.Counter(), collections.defaultdict(collections.Counter)
    total = terms = different = 0
    with open(sys.argv[1], encoding="utf8", newline="\n") as one, open(sys.argv[2], encoding="utf8", newline="\n") as other:
        for left, right in zip(one, other, strict=True):
            total += 1
            ours, theirs = (line.rstrip("\n").split("\t")[2].split() for line in (left, right))
            terms += len(theirs)
            if ours == theirs:
                continue
            different += 1
            kinds = set()
            for what, a, b, c, d in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
                if what == "equal":
                    continue
                name = kind(ours[a:b], theirs[c:d])
                kinds.add(name)
                runs[name] += 1
                if d - c + b - a <= 6:
                    examples[name][f"{' '.join(ours[a:b]) or '-'} | {' '.join(theirs[c:d]) or '-'}"[:60]] += 1
            texts.update(kinds)
    print(f"{different} of {total} texts have other terms than Lucene's, in {sum(runs.values())} places of {terms} terms")
    for name in KINDS:
        common = "; ".join(f"{pair} ({times})" for pair, times in examples[name].most_common(count))
        print(f"  {name:11} {runs[name]:8} places in {texts[name]:7} texts   {common}")


if __name__ == "__main__":
    main()
