import CXML

/// What a walk over markup is told, in order.
protocol MarkupVisitor: AnyObject {
    /// - Parameters:
    ///   - name: Local name, as written.
    ///   - attribute: The value of an attribute by its local name.
    func open(_ name: String, attribute: (String) -> String?)
    func close(_ name: String)
    func text(_ run: UnsafeBufferPointer<UInt8>)
    /// Whether more would be of no use.
    var isDone: Bool { get }
}

/// libxml2's event parsers: no tree is built, no entity is expanded, nothing is fetched.
///
/// A visitor is called on the thread that parses, while the parsing call lasts.
enum MarkupParser {
    /// Walks over HTML as browsers take it: nothing is an error.
    /// - Parameter text: UTF-8.
    static func walkHTML(_ text: String, _ visitor: some MarkupVisitor) throws(ExtractionFailure) {
        let walk = Walk(visitor)
        guard let parser = htmlNewParserCtxt() else { throw ExtractionFailure("the HTML parser could not start") }
        defer { htmlFreeParserCtxt(parser) }
        walk.parser = parser
        parser.pointee.sax.pointee = handlers()
        parser.pointee.userData = Unmanaged.passUnretained(walk).toOpaque()
        let options =
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue | HTML_PARSE_IGNORE_ENC.rawValue
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // SAX alone makes no document; one that came all the same is let go.
                xmlFreeDoc(
                    htmlCtxtReadMemory(
                        parser, characters.baseAddress, Int32(clamping: characters.count), nil, "UTF-8",
                        Int32(bitPattern: options)))
            }
        }
        withExtendedLifetime(walk) {}
    }

    /// A parser of XML that is fed piece by piece and refuses what declares a document type.
    final class XML {
        private let walk: Walk
        private let parser: xmlParserCtxtPtr

        init(_ visitor: some MarkupVisitor) throws(ExtractionFailure) {
            walk = Walk(visitor)
            var handlers = MarkupParser.handlers()
            handlers.internalSubset = { context, _, _, _ in
                guard let walk = Walk.of(context) else { return }
                walk.hasDocumentType = true
                walk.stop()
            }
            let made = xmlCreatePushParserCtxt(&handlers, Unmanaged.passUnretained(walk).toOpaque(), nil, 0, nil)
            guard let made else { throw ExtractionFailure("the XML parser could not start") }
            parser = made
            walk.parser = made
            xmlCtxtUseOptions(made, Int32(bitPattern: XML_PARSE_NONET.rawValue))
        }

        deinit {
            xmlFreeParserCtxt(parser)
        }

        /// - Parameter isLast: Whether the document ends here.
        func feed(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool) throws(ExtractionFailure) {
            let code = bytes.withMemoryRebound(to: CChar.self) { characters in
                xmlParseChunk(parser, characters.baseAddress, Int32(clamping: characters.count), isLast ? 1 : 0)
            }
            if walk.hasDocumentType {
                throw ExtractionFailure("its XML declares a document type (entities), which DOCX does not allow")
            }
            guard code == 0 || walk.visitor.isDone else {
                throw ExtractionFailure("damaged: its XML breaks in line \(xmlSAX2GetLineNumber(parser))")
            }
        }
    }

    /// What the C callbacks find behind their context pointer.
    private final class Walk {
        let visitor: any MarkupVisitor
        var parser: xmlParserCtxtPtr?
        var hasDocumentType = false

        init(_ visitor: some MarkupVisitor) {
            self.visitor = visitor
        }

        func stop() {
            xmlStopParser(parser)
        }

        static func of(_ context: UnsafeMutableRawPointer?) -> Walk? {
            context.map { Unmanaged<Walk>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    private static func handlers() -> xmlSAXHandler {
        var handlers = xmlSAXHandler()
        handlers.startElement = { context, name, attributes in
            guard let walk = Walk.of(context), let name else { return }
            walk.visitor.open(MarkupParser.local(name)) { wanted in
                guard var pair = attributes else { return nil }
                while let key = pair[0] {
                    if MarkupParser.local(key) == wanted { return pair[1].map { String(cString: $0) } }
                    pair += 2
                }
                return nil
            }
            if walk.visitor.isDone { walk.stop() }
        }
        handlers.endElement = { context, name in
            guard let walk = Walk.of(context), let name else { return }
            walk.visitor.close(MarkupParser.local(name))
        }
        handlers.characters = { context, run, count in
            guard let walk = Walk.of(context), let run, count > 0 else { return }
            walk.visitor.text(UnsafeBufferPointer(start: run, count: Int(count)))
            if walk.visitor.isDone { walk.stop() }
        }
        handlers.cdataBlock = handlers.characters
        handlers.ignorableWhitespace = handlers.characters
        return handlers
    }

    /// The name without the prefix of its name space: the prefixes of DOCX are the writer's choice.
    private static func local(_ name: UnsafePointer<xmlChar>) -> String {
        let whole = String(cString: name)
        guard let colon = whole.utf8.lastIndex(of: UInt8(ascii: ":")) else { return whole }
        return String(whole[whole.utf8.index(after: colon)...])
    }
}
