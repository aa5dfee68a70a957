import Glibc

/// Takes the documents out of one file, whatever its kind.
///
/// Runs in the reader process; unit tests call it directly.
package enum Extractor {
    /// Calls `emit` with what the file holds; the last event is ``ExtractionEvent/end(_:)``.
    /// - Parameter file: An open regular file at its start.
    /// - Throws: ``ExtractionFailure`` when nothing of it can be used, and what `emit` throws.
    package static func extract(
        _ kind: DocumentKind, _ file: Int32, emit: (ExtractionEvent) throws -> Void
    ) throws {
        var summary = ExtractionSummary()
        switch kind {
        case .pdf:
            let (document, pages) = try PDFText.extract(file)
            summary.pages = pages
            try emit(.document(document))
        case .docx:
            try emit(.document(try withText(DOCXText.extract(file))))
        case .html:
            let (document, decoded) = try HTMLText.extract(try bytes(of: file, kind))
            summary.take(decoded)
            try emit(.document(try withText(document)))
        case .csv:
            let decoded = try DecodedText(try bytes(of: file, kind))
            summary.take(decoded)
            try TableText.extract(decoded.text, emit: emit)
        case .json:
            let decoded = try DecodedText(try bytes(of: file, kind))
            summary.take(decoded)
            if let text = try JSONText.extract(decoded.text, emit: emit) {
                try emit(.document(try withText(ExtractedDocument(title: "", text: text))))
            }
        case .text, .markdown, .jsonLines:
            let decoded = try DecodedText(try bytes(of: file, kind))
            summary.take(decoded)
            try emit(.document(try withText(ExtractedDocument(title: "", text: decoded.text))))
        }
        try emit(.end(summary))
    }

    private static func withText(_ document: ExtractedDocument) throws(ExtractionFailure) -> ExtractedDocument {
        guard document.text.utf8.contains(where: { $0 > 0x20 }) else { throw ExtractionFailure("no text in it") }
        guard document.text.utf8.count <= ExtractionLimits.textBytes else {
            throw ExtractionFailure("its text is longer than \(ExtractionLimits.textBytes >> 20) MiB")
        }
        return document
    }

    private static func bytes(of file: Int32, _ kind: DocumentKind) throws(ExtractionFailure) -> [UInt8] {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw ExtractionFailure(String(cString: strerror(errno))) }
        let limit = min(kind.byteLimit, 1 << 30)
        guard status.st_size <= limit else { throw ExtractionFailure("larger than \(limit >> 20) MiB") }
        let size = Int(status.st_size)
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let taken = pread(file, buffer.baseAddress.map { $0 + count }, size - count, count)
                if taken < 0, errno == EINTR { continue }
                if taken < 0 { failure = errno }
                guard taken > 0 else { break }
                count += taken
            }
        }
        guard failure == 0 else { throw ExtractionFailure(String(cString: strerror(failure))) }
        return bytes
    }
}

extension ExtractionSummary {
    fileprivate mutating func take(_ decoded: DecodedText) {
        guessedEncoding = decoded.guessedEncoding
        notes = decoded.notes
    }
}
