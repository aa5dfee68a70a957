import CSandbox
import Glibc
import JSON

/// What the two ends of the pipe between a command and its reader process say to each other.
///
/// The command sends one byte, the kind of file, and the open file with it. The reader answers with frames: a length
/// (4 bytes, little-endian), a tag, and fields, each after its length. A frame never exceeds ``longestFrame``.
enum ReaderChannel {
    static let longestFrame = 48 << 20

    enum Tag: UInt8 {
        case document = 1
        case line = 2
        case problem = 3
        case end = 4
        case failure = 5
    }

    enum Answer {
        case event(ExtractionEvent)
        /// The end of a file that is left out, and whether the reader ends now.
        case failure(ExtractionFailure, isLast: Bool)
        /// The end of a file, and whether the reader ends now.
        case end(ExtractionSummary, isLast: Bool)
    }

    static func frame(_ event: ExtractionEvent) -> [UInt8] {
        switch event {
        case .document(let document):
            frame(
                .document,
                [
                    document.id.map { [1] + Array($0.utf8) } ?? [0], Array(document.title.utf8),
                    Array(document.text.utf8), document.metadata.encoded(),
                ])
        case .line(let json): frame(.line, [json])
        case .problem(let place, let reason): frame(.problem, [Array(place.utf8), Array(reason.utf8)])
        case .end(let summary): end(summary, isLast: false)
        }
    }

    static func end(_ summary: ExtractionSummary, isLast: Bool) -> [UInt8] {
        frame(
            .end,
            [
                [isLast ? 1 : 0], Array("\(summary.pages ?? 0)".utf8), Array((summary.guessedEncoding ?? "").utf8),
                Array(summary.notes.joined(separator: "\n").utf8),
            ])
    }

    static func failure(_ failure: ExtractionFailure, isLast: Bool) -> [UInt8] {
        frame(.failure, [[isLast ? 1 : 0], Array(failure.reason.utf8)])
    }

    private static func frame(_ tag: Tag, _ fields: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0, 0, tag.rawValue]
        for field in fields {
            append(field.count, to: &bytes)
            bytes += field
        }
        var head: [UInt8] = []
        append(bytes.count - 4, to: &head)
        bytes.replaceSubrange(0..<4, with: head)
        return bytes
    }

    private static func append(_ count: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(count).littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Reads one frame without its length; a reader that broke out of its limits may send anything.
    /// - Returns: `nil` for what is no frame.
    static func answer(_ frame: [UInt8], of kind: DocumentKind) -> Answer? {
        guard let tag = frame.first.flatMap({ Tag(rawValue: $0) }), let fields = fields(frame.dropFirst()) else {
            return nil
        }
        func text(_ index: Int) -> String { String(decoding: fields[index], as: UTF8.self) }
        switch (tag, fields.count) {
        case (.document, 4):
            let id = fields[0].first == 1 ? String(decoding: fields[0].dropFirst(), as: UTF8.self) : nil
            // Only a table has rows with names of their own: anything else must not choose what it replaces.
            guard (id != nil) == (kind == .csv), let metadata = try? JSONValue(parsing: fields[3]).objectValue else {
                return nil
            }
            return .event(
                .document(ExtractedDocument(id: id, title: text(1), text: text(2), metadata: metadata)))
        case (.line, 1):
            return kind == .json ? .event(.line(Array(fields[0]))) : nil
        case (.problem, 2):
            return .event(.problem(place: text(0), reason: text(1)))
        case (.failure, 2):
            return .failure(ExtractionFailure(text(1)), isLast: fields[0].first == 1)
        case (.end, 4):
            let notes = text(3).split(separator: "\n").map(String.init)
            return .end(
                ExtractionSummary(
                    pages: Int(text(1)).flatMap { $0 > 0 ? $0 : nil },
                    guessedEncoding: fields[2].isEmpty ? nil : text(2), notes: Array(notes.prefix(10))),
                isLast: fields[0].first == 1)
        default:
            return nil
        }
    }

    private static func fields(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        var rest = bytes
        var fields: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            guard rest.count >= 4, fields.count < 8 else { return nil }
            let count = length(rest)
            rest = rest.dropFirst(4)
            guard count <= rest.count else { return nil }
            fields.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return fields
    }

    /// The four bytes at the start.
    static func length(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Writes all of `bytes`; `false` when nobody reads any more.
    static func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.write(socket, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }
}
