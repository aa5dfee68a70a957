import JSON

/// One document for each row of a table in CSV (RFC 4180) or with tabs.
///
/// The first row names the columns. A row's text is `name: value` a line, its metadata the short values by name. A
/// column named `id` gives the id, one named `title` the title.
enum TableText {
    /// Longest value kept in the metadata, in scalars; a longer one is in the text alone.
    static let longestValue = 500

    /// Calls `emit` with the rows in order.
    static func extract(
        _ text: String, emit: (ExtractionEvent) throws -> Void
    ) throws {
        var text = text
        try text.withUTF8 { bytes in
            var reader = CSVReader(bytes, separator: separator(bytes))
            guard let header = reader.next() else { throw ExtractionFailure("no text in it") }
            guard case .row(let names) = header else {
                throw ExtractionFailure("its first row, the names, is too long")
            }
            let columns = distinct(names)
            var number = 0
            while let row = reader.next() {
                number += 1
                switch row {
                case .row(let values):
                    if values.allSatisfy(\.isEmpty) { continue }
                    try emit(.document(document(columns, values, number: number)))
                case .tooLong:
                    try emit(
                        .problem(
                            place: "row \(number)",
                            reason: "the row is longer than \(ExtractionLimits.rowBytes >> 20) MiB"))
                }
            }
            if reader.endsInsideQuotes {
                try emit(.problem(place: "row \(number)", reason: "a quotation mark that opens there is never closed"))
            }
            if number == 0 { throw ExtractionFailure("it has names of columns, but no row") }
        }
    }

    private static func document(_ columns: [String], _ values: [String], number: Int) -> ExtractedDocument {
        var lines = ""
        var metadata = JSONObject()
        var id: String?
        var title = ""
        for (index, value) in values.enumerated() where !value.isEmpty {
            let name = index < columns.count ? columns[index] : "column \(index + 1)"
            lines += "\(name): \(value)\n"
            if value.unicodeScalars.count <= longestValue { metadata[name] = .string(value) }
            switch name.lowercased() {
            case "id": id = value
            case "title": title = value
            default: break
            }
        }
        return ExtractedDocument(id: id ?? "\(number)", title: title, text: lines, metadata: metadata)
    }

    /// Names by which the values can be told apart.
    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.enumerated().map { index, name in
            var name = name.trimmed
            if name.isEmpty { name = "column \(index + 1)" }
            while !seen.insert(name).inserted { name += " \(index + 1)" }
            return name
        }
    }

    /// The sign that parts the columns: the one seen most in the first line, outside of quotes.
    static func separator(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt8 {
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|")]
        var counts = [0, 0, 0, 0]
        var quoted = false
        for byte in bytes.prefix(64 << 10) {
            if byte == UInt8(ascii: "\"") { quoted.toggle() }
            if quoted { continue }
            if byte == 0x0A || byte == 0x0D { break }
            if let index = candidates.firstIndex(of: byte) { counts[index] += 1 }
        }
        let best = counts.indices.max { counts[$0] < counts[$1] || (counts[$0] == counts[$1] && $0 > $1) } ?? 0
        return candidates[best]
    }
}

/// Rows of comma separated values (RFC 4180), read from memory.
///
/// Lines end with LF, CR LF or CR. A quotation mark opens a quoted value only as its first sign; inside, two stand for
/// one; what follows the closing one belongs to the value as it is.
package struct CSVReader {
    package enum Row: Equatable {
        case row([String])
        /// Longer than a row may be; passed over.
        case tooLong
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let separator: UInt8
    private let limit: Int
    private var position = 0
    /// The last row ended with the text, inside of quotes.
    package private(set) var endsInsideQuotes = false

    package init(_ bytes: UnsafeBufferPointer<UInt8>, separator: UInt8, limit: Int = ExtractionLimits.rowBytes) {
        self.bytes = bytes
        self.separator = separator
        self.limit = limit
    }

    /// The next row; `nil` at the end.
    package mutating func next() -> Row? {
        guard position < bytes.count else { return nil }
        let start = position
        var values: [String] = []
        var value: [UInt8] = []
        var quoted = false
        var isValueStart = true
        var size = 0
        func keep(_ byte: UInt8) {
            size += 1
            if size <= limit { value.append(byte) }
        }
        func finish() {
            if size <= limit { values.append(String(decoding: value, as: UTF8.self)) }
            value.removeAll(keepingCapacity: true)
            size += 1
        }
        scan: while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if quoted {
                if byte != UInt8(ascii: "\"") {
                    keep(byte)
                } else if position < bytes.count, bytes[position] == byte {
                    position += 1
                    keep(byte)
                } else {
                    quoted = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\"") where isValueStart:
                quoted = true
                isValueStart = false
            case separator:
                finish()
                isValueStart = true
            case 0x0A:
                break scan
            case 0x0D:
                if position < bytes.count, bytes[position] == 0x0A { position += 1 }
                break scan
            default:
                isValueStart = false
                keep(byte)
            }
        }
        endsInsideQuotes = quoted
        finish()
        return size > limit || position - start > 2 * limit ? .tooLong : .row(values)
    }
}
