"""Makes a folder of 1,000 mixed files out of Debian's documentation packages: HTML, Markdown, DOCX and PDF.

usage: ingest_files.py PACKAGES FOLDER     PACKAGES holds unpacked packages; the same packages give the same files.
"""

import html
import re
import shutil
import sys
from pathlib import Path

import docx
import pypdf

packages, folder = Path(sys.argv[1]), Path(sys.argv[2])
folder.mkdir(parents=True)

pages = [path for path in sorted(packages.rglob("*.html")) if path.is_file() and not path.is_symlink() and 2_000 < path.stat().st_size < 200_000]
# Spread over all packages, whatever their sizes.
by_package: dict[str, list[Path]] = {}
for path in pages:
    by_package.setdefault(path.relative_to(packages).parts[3], []).append(path)
spread = []
while len(spread) < 900 and any(by_package.values()):
    for paths in by_package.values():
        if paths:
            spread.append(paths.pop(0))
spread = spread[:900]


def parts(path: Path):
    """Headings and paragraphs of a page, roughly: what a person would have typed into a document."""
    text = re.sub(r"(?is)<(script|style|head).*?</\1>", "", path.read_text(errors="replace"))
    for level, heading, body in re.findall(r"(?is)<h([1-6])[^>]*>(.*?)</h\1>|<p[^>]*>(.*?)(?=<[/]?(?:p|div|h\d))", text):
        plain = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", heading or body))).strip()
        plain = "".join(sign for sign in plain if sign.isprintable())
        if plain:
            yield (int(level) if level else 0), plain


count = 0
for number, path in enumerate(spread):
    name = f"{number:04}-{path.stem[:40]}"
    if number % 6 == 0:
        document = docx.Document()
        for level, text in parts(path):
            document.add_heading(text, min(level, 4)) if level else document.add_paragraph(text)
        document.save(folder / f"{name}.docx")
    elif number % 6 == 1:
        lines = (("#" * level + " " + text) if level else text for level, text in parts(path))
        (folder / f"{name}.md").write_text(f"# {path.stem}\n\n" + "\n\n".join(lines) + "\n")
    else:
        shutil.copy(path, folder / f"{name}.html")
    count += 1

# Manuals in PDF are few and long: cut into pieces of 12 pages.
for path in sorted(packages.rglob("*.pdf")):
    if path.is_symlink() or count >= 1_000:
        continue
    try:
        reader = pypdf.PdfReader(path)
        total = len(reader.pages)
        for start in range(0, min(total, 144), 12):
            if count >= 1_000:
                break
            writer = pypdf.PdfWriter()
            writer.append(reader, pages=(start, min(start + 12, total)))
            writer.write(folder / f"{count:04}-{path.stem[:40]}-{start + 1}.pdf")
            count += 1
    except Exception as reason:
        print(f"{path.name} is left out: {reason}", file=sys.stderr)
print(f"{count} files")
