import Extraction
import Glibc
import JSON
import TestKit
import Testing

@Suite struct ExtractorTests {
    private func extract(_ text: String, as kind: DocumentKind) throws -> [ExtractionEvent] {
        let directory = try TemporaryDirectory("extract")
        let path = directory.appending("file")
        let made = open(path, O_WRONLY | O_CREAT, 0o600)
        #expect(Array(text.utf8).withUnsafeBytes { Glibc.write(made, $0.baseAddress, $0.count) } == text.utf8.count)
        close(made)
        let file = open(path, O_RDONLY)
        defer { close(file) }
        var events: [ExtractionEvent] = []
        try Extractor.extract(kind, file) { events.append($0) }
        return events
    }

    private func text(_ html: String) throws -> String {
        guard case .document(let document)? = try extract(html, as: .html).first else { return "" }
        return document.text
    }

    @Test func `HTML becomes text with headings as Markdown writes them`() throws {
        #expect(try text("<h1>One\n<em>two</em></h1>a  b<br>c<p>d<h3> </h3>e") == "# One two\n\na b\nc\n\nd\n\ne\n")
        #expect(try text("<p># no heading</p><pre>  x\n# y\n</pre>") == " # no heading\n\n  x\n # y\n")
        #expect(try text("<table><tr><td>a<td>b<tr><td>c<td>d</table>") == "a\tb\t\nc\td\n")
        #expect(try text("<p>x<script>if (a < b) { '</p>' }</script><style>p{}</style>y") == "xy\n")
        #expect(try text("a &amp; b &lt;c&gt; &eacute; &#x1F600; &nosuch;") == "a & b <c> é 😀 &nosuch;\n")
    }

    @Test(arguments: UInt64(1)...60)
    func `any tags give text without a line that passes for a heading by accident`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let parts = [
            "<p>", "</p>", "<h2>", "</h2>", "<pre>", "</pre>", "<li>", "<td>", "</td>", "<tr>", "<br>", "# mark ",
            "word ",
            "\n", "<div", ">", "&amp;", "<script>", "</script>", "<!-- ", " -->", "</body>", "é",
        ]
        let html = "start " + (0..<200).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
        let headings = html.components(of: "<h2>")
        let found = try text(html).split(separator: "\n").filter { $0.hasPrefix("#") }
        #expect(found.count <= headings)
        #expect(found.allSatisfy { $0.hasPrefix("## ") })
    }

    @Test func `a table gives a document for each row`() throws {
        let events = try extract("id;Name;Name\n7;a;b\n;;\n8;c\n", as: .csv)
        #expect(
            events == [
                .document(
                    ExtractedDocument(
                        id: "7", title: "", text: "id: 7\nName: a\nName 3: b\n",
                        metadata: ["id": "7", "Name": "a", "Name 3": "b"])),
                .document(
                    ExtractedDocument(
                        id: "8", title: "", text: "id: 8\nName: c\n", metadata: ["id": "8", "Name": "c"])),
                .end(ExtractionSummary()),
            ])
    }

    @Test func `JSON is documents or text`() throws {
        #expect(try extract("[{\"text\":\"a\"},{\"title\":\"b\"}]", as: .json).count == 3)
        guard case .document(let document)? = try extract("{\"text\":\"a\",\"more\":1}", as: .json).first else {
            Issue.record("other members make it text")
            return
        }
        #expect(document.text == "{\"text\":\"a\",\"more\":1}")
        #expect(throws: ExtractionFailure.self) { try extract(String(repeating: "[", count: 100_000), as: .json) }
    }
}

extension String {
    fileprivate func components(of word: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: word) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
