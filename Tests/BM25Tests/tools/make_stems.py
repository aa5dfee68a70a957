"""Writes Fixtures/stems.tsv: words of every language with the stems that another implementation gives them.

    python3 -m venv two && two/bin/pip install snowballstemmer==2.2.0 Babel==2.16.0
    pip install --target three snowballstemmer==3.0.1
    git clone https://github.com/snowballstem/snowball-data vocabularies
    two/bin/python make_stems.py vocabularies three > ../Fixtures/stems.tsv

Lines are language, word, stem of Snowball 2.2 (what Debian 12's libstemmer holds), stem of Snowball 3 where it is another.
The stems come from the Python the Snowball compiler writes, not from libstemmer. A comment before each language counts
how many words of the whole vocabulary the two versions stem differently.

Words are drawn at even distances from the vocabularies that Snowball publishes (snowball-data), of each language
KEPT words and up to DIFFERENT more on which the versions disagree. Of Arabic and Tamil, whose vocabularies are too large to be
kept there as text, the words are the names of the CLDR's countries, languages, months and days, and the beginnings and
endings those languages put on a word.
"""

import importlib
import pathlib
import subprocess
import sys
import unicodedata

KEPT, DIFFERENT = 160, 40
LANGUAGES = """arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian indonesian irish
italian lithuanian nepali norwegian porter portuguese romanian russian serbian spanish swedish tamil turkish yiddish""".split()
CLDR = {"arabic": ("ar", ["", "ال", "و", "وال", "بال", "لل"], ["", "ها", "هم", "كم", "ين", "ات"]),
        "tamil": ("ta", [""], ["", "கள்", "களை", "களில்", "இல்", "உம்", "ஆல்"])}


def stems(package, language, words):
    """What the package of one version makes of the words, in a process of its own: both have the same name."""
    code = ("import importlib, sys\n"
            f"sys.path[:0] = {[package] if package else []}\n"
            f"module = importlib.import_module('snowballstemmer.{language}_stemmer')\n"
            f"stemmer = getattr(module, '{language.capitalize()}Stemmer')()\n"
            "for word in sys.stdin.read().split('\\n'): print(stemmer.stemWord(word))\n")
    said = subprocess.run([sys.executable, "-c", code], input="\n".join(words), capture_output=True, text=True, check=True)
    return said.stdout.split("\n")[: len(words)]


def named_words(language):
    from babel import Locale

    name, beginnings, endings = CLDR[language]
    locale = Locale(name)
    phrases = [*locale.territories.values(), *locale.languages.values(), *locale.scripts.values(),
               *locale.months["format"]["wide"].values(), *locale.days["format"]["wide"].values()]
    plain = sorted({word for phrase in phrases for word in phrase.split()})
    return [first + word + last for word in plain for first in beginnings for last in endings]


def is_plain(word):
    """One word for every analysis: letters and their marks, composed and in lower case."""
    return (1 < len(word) and len(word.encode()) < 60 and word == word.lower() == unicodedata.normalize("NFC", word)
            and all(unicodedata.category(letter)[0] in "LM" for letter in word) and unicodedata.category(word[0])[0] == "L")


def spaced(items, count):
    return [items[place * len(items) // count] for place in range(count)] if len(items) > count else items


def main():
    vocabularies, three = pathlib.Path(sys.argv[1]), sys.argv[2]
    for language in LANGUAGES:
        path = vocabularies / language / "voc.txt"
        words = named_words(language) if language in CLDR else path.read_text(encoding="utf8").split()
        words = list(dict.fromkeys(filter(is_plain, words)))
        old, new = stems("", language, words), stems(three, language, words)
        rows = list(zip(words, old, new))
        other = [row for row in rows if row[1] != row[2]]
        kept = dict.fromkeys(spaced(rows, KEPT) + spaced(other, DIFFERENT))
        print(f"# {language}: {len(other)} of {len(rows)} words have another stem in Snowball 3")
        for word, stem, later in sorted(kept):
            print("\t".join([language, word, stem] + ([later] if later != stem else [])))


if __name__ == "__main__":
    main()
