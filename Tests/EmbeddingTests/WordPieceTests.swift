import Embedding
import Testing

/// The tokenizer against ids that Hugging Face's `tokenizers` gave; see tools/make_fixtures.py.
@Suite(.enabled(if: ModelFiles.source != nil, ModelFiles.unavailable))
struct WordPieceTests {
    private let tokenizer: WordPiece

    init() throws {
        let source = try #require(ModelFiles.source)
        tokenizer = try #require(WordPiece(vocabularyLines: try ModelFiles.read(source + "/vocab.txt")))
    }

    @Test func `gives the ids of the reference tokenizer`() throws {
        let rows = try ModelFiles.table("wordpiece.tsv")
        #expect(rows.count > 400)
        for row in rows {
            let text = textOfHexadecimal(row[0])
            let expected = row[1].split(separator: " ").compactMap { Int32($0) }
            #expect(tokenizer.encode(text, maximumCount: 256).ids == expected, "\(text.debugDescription)")
        }
    }

    @Test func `a shorter limit cuts the same ids`() {
        let text = "Unaffable antidisestablishmentarianism, naïvely put; 東京 again and again."
        let whole = tokenizer.encode(text, maximumCount: 256)
        #expect(!whole.truncated)
        for limit in 2...whole.ids.count {
            let cut = tokenizer.encode(text, maximumCount: limit)
            #expect(cut.ids == whole.ids.prefix(limit - 1) + [102])
            #expect(cut.truncated == (limit < whole.ids.count))
        }
    }

    @Test func `markers typed in a text are ordinary text`() {
        let ids = tokenizer.encode("a [SEP] b [CLS]", maximumCount: 256).ids
        #expect(ids.filter { $0 == 101 } == [101])
        #expect(ids.filter { $0 == 102 } == [102])
    }

    @Test func `a hundred kilobytes without a space are one unknown word`() {
        let ids = tokenizer.encode(String(repeating: "é", count: 50_000), maximumCount: 256).ids
        #expect(ids == [101, 100, 102])
    }

    @Test func `something that is no vocabulary is refused`() {
        #expect(WordPiece(vocabularyLines: []) == nil)
        #expect(WordPiece(vocabularyLines: Array("just\nwords\n".utf8)) == nil)
    }
}
