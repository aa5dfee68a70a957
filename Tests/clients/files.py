"""Real files of the kinds people have, and the bad ones they get sent."""

from __future__ import annotations

import textwrap
import zipfile
from pathlib import Path

import docx
import pypdf
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf(path: Path, pages: list[str], title: str = "") -> Path:
    """A PDF with a text for each page; an empty one is a page with a drawing alone."""
    sheet = canvas.Canvas(str(path), pagesize=A4)
    if title:
        sheet.setTitle(title)
    for text in pages:
        if text:
            for number, line in enumerate(textwrap.wrap(text, 80)):
                sheet.drawString(72, 760 - 14 * number, line)
        else:
            sheet.rect(100, 100, 200, 200, fill=1)
        sheet.showPage()
    sheet.save()
    return path


def encrypted_pdf(path: Path) -> Path:
    buffer = path.with_suffix(".plain")
    writer = pypdf.PdfWriter()
    writer.append(str(pdf(buffer, ["hidden words"])))
    buffer.unlink()
    writer.encrypt("secret", algorithm="AES-128")
    writer.write(str(path))
    return path


def assemble_pdf(path: Path, parts: list[bytes]) -> Path:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    path.write_bytes(
        body + table + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(body)))
    return path


def endless_pdf(path: Path) -> Path:
    """A small file whose page tree names one page a million times."""
    return assemble_pdf(path, [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1000000 /Kids [" + b"4 0 R " * 1000 + b"] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 5 0 R >>",
        b"<< /Type /Pages /Parent 2 0 R /Count 1000 /Kids [" + b"3 0 R " * 1000 + b"] >>",
        b"<< /Length 0 >> stream\n\nendstream",
    ])


def slow_pdf(path: Path) -> Path:
    """One page whose drawing calls a drawing ten times, which calls one ten times, and so on: ten billion steps."""
    draw = b"/F Do " * 10
    forms = []
    for number in range(5, 15):
        content = draw if number < 14 else b"0 0 m"
        forms.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 99 99] /Resources << /XObject << /F %d 0 R >> >> /Length %d >> stream\n%s\nendstream"
            % (number + 1, len(content), content))
    return assemble_pdf(path, [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >> >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(draw), draw),
        *forms,
    ])


def word(path: Path, title: str = "", parts: list[tuple[int, str]] = ()) -> Path:
    """A DOCX; a part is a level (0 for a paragraph) and its text."""
    document = docx.Document()
    if title:
        document.core_properties.title = title
    for level, text in parts:
        document.add_heading(text, level) if level else document.add_paragraph(text)
    document.save(str(path))
    return path


def raw_word(path: Path, document: bytes | str, extra: dict[str, bytes] | None = None) -> Path:
    """A ZIP with `document` as its word/document.xml and whatever else."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", document)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return path


def paragraph(text: str) -> str:
    return f"<w:document {WORD}><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"


def word_bomb(path: Path, megabytes: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w", force_zip64=True) as part:
        part.write(f"<w:document {WORD}><w:body>".encode())
        for _ in range(megabytes):
            part.write(b" " * (1 << 20))
        part.write(b"</w:body></w:document>")
    return path


def laughs(depth: int = 12) -> str:
    entities = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth))
    return f'<?xml version="1.0"?><!DOCTYPE w [{entities}]>' + paragraph(f"&l{depth - 1};")


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path
