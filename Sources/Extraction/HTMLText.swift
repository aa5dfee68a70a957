/// The text of a web page: what a reader sees of it, without scripts, styles and navigation.
enum HTMLText {
    static func extract(_ bytes: [UInt8]) throws(ExtractionFailure) -> (ExtractedDocument, DecodedText) {
        let decoded = try DecodedText(bytes, declared: declaredEncoding(bytes))
        let page = Page()
        try MarkupParser.walkHTML(decoded.text, page)
        let text = try page.body.finish()
        let title = try page.title.finish()
        let document = ExtractedDocument(title: title.trimmed, text: text)
        return (document, decoded)
    }

    /// The encoding that `<meta charset=…>` or `<meta … content="…; charset=…">` names in the first 1,024 bytes.
    static func declaredEncoding(_ bytes: [UInt8]) -> String? {
        let head = String(decoding: bytes.prefix(1_024), as: UTF8.self).lowercased()
        var rest = Substring(head)
        while let start = rest.firstRange(of: "<meta") {
            rest = rest[start.upperBound...]
            let tag = rest.prefix { $0 != ">" }
            guard let found = tag.firstRange(of: "charset") else { continue }
            let value = tag[found.upperBound...].drop { $0 == " " || $0 == "=" || $0 == "\"" || $0 == "'" }
            let name = value.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            if !name.isEmpty, name.utf8.count <= 40, name.utf8.allSatisfy({ $0 < 0x80 }) { return String(name) }
        }
        return nil
    }

    private final class Page: MarkupVisitor {
        var body = MarkupText()
        var title = MarkupText()
        /// How deep the walk is inside elements whose text is not shown.
        private var hidden = 0
        private var preformatted = 0
        private var isInTitle = false
        private var hasTitle = false

        var isDone: Bool { body.isFull }

        private static let unseen: Set<String> = ["script", "style", "template", "noscript", "nav", "svg", "select"]
        private static let blocks: Set<String> = [
            "p", "blockquote", "ul", "ol", "dl", "table", "pre", "figure", "section", "article", "header", "footer",
            "main", "aside", "form", "fieldset", "hr", "details",
        ]
        private static let lines: Set<String> = [
            "div", "li", "dt", "dd", "tr", "address", "caption", "figcaption", "option", "summary", "legend", "body",
        ]

        func open(_ name: String, attribute: (String) -> String?) {
            let name = name.lowercased()
            if Self.unseen.contains(name) { hidden += 1 }
            guard hidden == 0 else { return }
            if let level = Self.headingLevel(name) {
                body.beginHeading(level)
            } else if name == "title" {
                isInTitle = !hasTitle
                hasTitle = true
            } else if name == "br" {
                body.breakLine()
            } else {
                separate(name)
            }
            if name == "pre" { setPreformatted(1) }
        }

        func close(_ name: String) {
            let name = name.lowercased()
            if Self.unseen.contains(name) {
                hidden = max(0, hidden - 1)
                return
            }
            guard hidden == 0 else { return }
            if Self.headingLevel(name) != nil {
                body.endHeading()
            } else if name == "title" {
                isInTitle = false
            } else if name == "td" || name == "th" {
                body.breakCell()
            } else {
                separate(name)
            }
            if name == "pre" { setPreformatted(-1) }
        }

        func text(_ run: UnsafeBufferPointer<UInt8>) {
            guard hidden == 0 else { return }
            if isInTitle {
                if title.bytes.count < 4_096 { title.add(run) }
            } else {
                body.add(run)
            }
        }

        private func separate(_ name: String) {
            if Self.blocks.contains(name) {
                body.breakParagraph()
            } else if Self.lines.contains(name) {
                body.breakLine()
            }
        }

        private func setPreformatted(_ change: Int) {
            preformatted = max(0, preformatted + change)
            body.isPreformatted = preformatted > 0
        }

        private static func headingLevel(_ name: String) -> Int? {
            let bytes = Array(name.utf8)
            guard bytes.count == 2, bytes[0] == UInt8(ascii: "h"), (0x31...0x36).contains(bytes[1]) else { return nil }
            return Int(bytes[1] - 0x30)
        }
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var scalars = Substring(self).unicodeScalars
        scalars = scalars.drop { $0.properties.isWhitespace }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }
}
