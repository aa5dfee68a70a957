"""Writes the fixtures of the embedding tests with the reference implementations.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install tokenizers==0.23.3 transformers==5.23.0 torch==2.15.0
    /tmp/v/bin/python Tests/EmbeddingTests/tools/make_fixtures.py DIRECTORY

DIRECTORY holds model.safetensors, tokenizer.json and config.json of all-MiniLM-L6-v2. Writes
  wordpiece.tsv    one text a line: its UTF-8 in hexadecimal, a tab, the ids of `tokenizers` (256 at most)
  vectors.tsv      one text a line: in hexadecimal, a tab, `plain` for plain English or `other`
  vectors.f32      for each of them the 384 numbers of `transformers` (mean pooling, unit length), little-endian
"""

import pathlib
import random
import sys

import torch
from tokenizers import Tokenizer
from transformers import BertModel

FIXTURES = pathlib.Path(__file__).parents[1] / "Fixtures"
SEED = 20261121

PLAIN = [
    "Why is the sky blue?",
    "How long may personal data be kept under the GDPR?",
    "The controller shall notify the supervisory authority within 72 hours of becoming aware of the breach.",
    "Material cybersecurity incidents must be disclosed on Form 8-K within four business days.",
    "Patients on warfarin need their INR checked more often when antibiotics are started.",
    "Gradient descent follows the negative slope of the loss until the parameters stop moving.",
    "Restart the billing service after changing its configuration file.",
    "A tenant may end the lease with three months' notice in writing.",
    "machine learning",
    "incident response plan",
    "What does the board have to approve before a dividend is paid?",
    "The vaccine was stored between two and eight degrees Celsius.",
    "Loan applications are declined when the debt-to-income ratio exceeds forty percent.",
    "The ship left the harbour at dawn and reached the island before nightfall.",
    "Search results are ranked by combining keyword and vector scores.",
    "Neural networks approximate functions by composing simple non-linear units.",
    "The surgeon documented consent, the procedure, and the post-operative plan.",
    "Encryption keys are rotated every ninety days and stored in a hardware module.",
    "Who is responsible for data protection impact assessments?",
    "0-dimensional biomaterials show inductive properties.",
]

OTHER = [
    "",
    "a",
    "...",
    "x" * 300,
    "naïve café, Zürich, Ærøskøbing, ÎÏ İstanbul",
    "東京都の天気は晴れです。",
    "Привет, мир! Как дела?",
    "안녕하세요 세계",
    "def f(x): return {'a': x ** 2, \"b\": [1, 2.5e-3]}",
    "emoji 😀 👩‍👩‍👧 and symbols ∑ ≠ ∞ ₿",
]


def long_texts(rng):
    """Long passages of shuffled plain sentences: attention over many tokens, and the cut at 256."""
    texts = []
    for count in (3, 5, 8, 12, 20, 40):
        sentences = [rng.choice(PLAIN) for _ in range(count)]
        texts.append(" ".join(sentences))
    return texts


RANGES = [
    (0x20, 0x7E), (0x00, 0x1F), (0x80, 0x24F), (0x250, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x590, 0x5FF),
    (0x600, 0x6FF), (0x900, 0x97F), (0x980, 0x9FF), (0xB80, 0xBFF), (0xE00, 0xE7F), (0x1100, 0x11FF),
    (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x20A0, 0x20CF), (0x2100, 0x21FF), (0x2460, 0x24FF), (0x2E80, 0x2FDF),
    (0x3000, 0x30FF), (0x3400, 0x3500), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xE000, 0xE010), (0xF900, 0xFAFF),
    (0xFB00, 0xFDFF), (0xFE00, 0xFEFF), (0xFF00, 0xFFFF), (0x10400, 0x1044F), (0x1D15E, 0x1D1C0), (0x1D400, 0x1D7FF),
    (0x1E900, 0x1E95F), (0x1F300, 0x1FAFF), (0x20000, 0x20100), (0x2F800, 0x2FA1F), (0xE0000, 0xE01EF),
    (0x10FFF0, 0x10FFFF),
]

HARD = [
    "Hello, World!", "  leading and trailing  ", "tabs\tand\nnew\r\nlines\x0b\x0cform", "nul\x00inside", "bell\x07inside",
    "UPPER lower MiXeD", "don't can't I'm we've", "$5.00 50% #tag @user a_b c-d e/f g\\h", "http://example.org/a?b=c&d=e",
    "résumé resume\u0301", "A\u030angstro\u0308m Ångström", "ﬁ ﬂ ﬀ ligatures", "½ ¼ ² ³ ¹ ₂", "ΑΒΓ ς Σ σ ΌΔΟΣ",
    "ẞ ß STRASSE straße", "İ I ı i dotted", "ǅ ǆ Ǆ titlecase", "Ⅷ ⅷ Ⓐ ⓐ", "ＦＵＬＬ ｗｉｄｔｈ １２３", "中文字符 mixed 中a文b",
    "\u3400\u4dbf \U00020000\U0002a6df \uf900\ufaff \U0002f800", "한국어 ㄱㄴㄷ \u1100\u1161\u11a8", "カタカナ ｶﾀｶﾅ ひらがな が か\u3099",
    "हिन्दी नमस्ते", "বাংলা কোলে", "தமிழ் கொடு", "ไทย ภาษา", "עברית שָׁלוֹם", "العربية مَرْحَبًا", "ქართული ᲥᲐᲠᲗᲣᲚᲘ",
    "zero\u200bwidth\u200cjoin\u200der\ufeffbom", "soft\u00adhyphen", "nbsp\u00a0thin\u2009ideo\u3000line\u2028para\u2029next\u0085",
    "a\u2010b\u2011c\u2012d\u2013e\u2014f", "“curly” ‘quotes’ «guillemets» „low“", "…‥·•‣", "؟ ، ؛ ٪", "। ॥", "。、「」『』【】",
    "€ £ ¥ ₹ ₿ ¢", "± × ÷ ≠ ≤ ≥ ≮ ≯", "→ ← ↔ ⇒", "∀x∈ℝ: √x² = |x|", "ℵ ℏ ℓ K Å Ω", ";\u037e`\u1fef·\u0387",
    "𝐁𝐨𝐥𝐝 𝒮𝒸𝓇𝒾𝓅𝓉", "𝄞 𝅗𝅥 𝅘𝅥𝅮", "👍🏽 👩‍💻 🇫🇷 🏳️‍🌈", "\ufffd replaced \ufffd", "\ue000 private \U000f0000", "\u0378 unassigned \u0380",
    "a" * 99, "b" * 100, "c" * 101, "d" * 100 + " e", "é" * 100, "e\u0301" * 101, "\u4e2d" * 120, "!" * 120,
    "supercalifragilisticexpialidocious antidisestablishmentarianism", "pneumonoultramicroscopicsilicovolcanoconiosis",
    "un##able ##ing # ## ###", "[CLS] [SEP] [UNK] [MASK] [PAD] [unused1]", "[SEP]inside[CLS]", "1,234,567.89 1e-5 0x1F",
    "word " * 253, "word " * 254, "word " * 255, "word " * 400, "x y " * 126 + "z" + " unaffable", "\n" * 1000, " ",
    "\u0301", "\u0301a", "\u200d", "\u00ad\u00ad", "a\U000e0041b", "\U0001e900\U0001e922 \U00010400\U00010428",
    "ⰀⰁ Ⲁⲁ Ꭰꭰ", "\u1e9b\u0323 \u0344 \u0958 \u2adc \u0f73", "\u212a\u2126\u212b", "\u1fbe \u1f80 \u1fb3 \u0345",
]


def random_texts(rng, count):
    """Words of random scalars of one or more scripts, with ASCII between."""
    texts = []
    while len(texts) < count:
        words = []
        for _ in range(rng.randint(1, 12)):
            low, high = rng.choice(RANGES)
            length = rng.choice([1, 1, 2, 3, 5, 8])
            word = "".join(chr(rng.randint(low, high)) for _ in range(length))
            if rng.random() < 0.3:
                word = "".join(rng.choice("abcdeSTU'-.\u0301\u0327") for _ in range(3)) + word
            words.append(word)
        texts.append(rng.choice([" ", "", "  ", "\t"]).join(words))
    return texts


def hexadecimal(text):
    return text.encode("utf-8").hex()


def main():
    directory = pathlib.Path(sys.argv[1])
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    # Markers typed in a text are ordinary text to us: see WordPiece.swift.
    tokenizer.encode_special_tokens = True
    rng = random.Random(SEED)

    texts = HARD + PLAIN + OTHER + long_texts(rng) + random_texts(rng, 300)
    lines = [f"{hexadecimal(t)}\t{' '.join(map(str, tokenizer.encode(t).ids))}\n" for t in texts]
    (FIXTURES / "wordpiece.tsv").write_text("".join(lines), encoding="ascii")

    model = BertModel.from_pretrained(directory, attn_implementation="eager").eval()
    texts = [(t, "plain") for t in PLAIN] + [(t, "other") for t in OTHER]
    texts += [(t, "plain") for t in long_texts(rng)]
    vectors = b""
    for text, _ in texts:
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            states = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
        vector = torch.nn.functional.normalize(states.mean(0), dim=0)
        vectors += vector.numpy().astype("<f4").tobytes()
    (FIXTURES / "vectors.tsv").write_text("".join(f"{hexadecimal(t)}\t{kind}\n" for t, kind in texts), encoding="ascii")
    (FIXTURES / "vectors.f32").write_bytes(vectors)
    print(len(lines), "token fixtures,", len(texts), "vectors")


main()
