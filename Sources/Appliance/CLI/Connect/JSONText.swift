package import JSON

/// JSON as people lay it out: a member a line, short lists on one line.
struct JSONLayout {
    /// Two blanks, or what a file uses.
    var indentation = "  "

    /// The text of a value whose first line stands at `level` already.
    func text(_ value: JSONValue, level: Int = 0) -> String {
        guard case .object(let object) = value, !object.isEmpty else { return compact(value) }
        let members = object.members.map { key, value in
            margin(level + 1) + compact(.string(key)) + ": " + text(value, level: level + 1)
        }
        return "{\n" + members.joined(separator: ",\n") + "\n" + margin(level) + "}"
    }

    func margin(_ level: Int) -> String { String(repeating: indentation, count: level) }

    private func compact(_ value: JSONValue) -> String {
        guard case .array(let elements) = value else { return String(decoding: value.encoded(), as: UTF8.self) }
        return "[" + elements.map(compact).joined(separator: ", ") + "]"
    }
}

/// Sets one member deep inside JSON text and leaves every other byte as it is: order, layout, numbers.
package struct JSONText {
    /// Why a text cannot be changed.
    package enum Failure: Error, Equatable {
        /// Not JSON at this byte; comments and commas before a closing bracket are not JSON either.
        case damaged(offset: Int)
        /// What should hold members holds something else; the names lead there, empty for the root.
        case notAnObject([String])
    }

    private let bytes: [UInt8]
    private let value: JSONValue
    private let layout: JSONLayout

    /// - Parameter bytes: JSON, or nothing but white space, which counts as an empty object.
    package init(_ bytes: [UInt8]) throws(Failure) {
        let isBlank = bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        self.bytes = isBlank ? Array("{}\n".utf8) : bytes
        do {
            value = try JSONValue(parsing: self.bytes)
        } catch {
            throw .damaged(offset: error.offset)
        }
        layout = JSONLayout(indentation: Self.indentation(of: self.bytes))
    }

    /// What stands at the path.
    package func value(at path: [String]) -> JSONValue? {
        path.reduce(value as JSONValue?) { value, key in value?[key] }
    }

    /// The text with `new` at `path`; objects on the way there are made.
    package func setting(_ path: [String], to new: JSONValue) throws(Failure) -> [UInt8] {
        var cursor = Cursor(bytes)
        cursor.skipBlanks()
        for (level, key) in path.enumerated() {
            guard let members = cursor.members() else { throw .notAnObject(Array(path[..<level])) }
            guard let member = members.list.last(where: { $0.key == key }) else {
                return inserting(Array(path[level...]), new, into: members, level: level)
            }
            cursor.place = member.value.lowerBound
            if level == path.count - 1 {
                return replacing(member.value, by: layout.text(new, level: level + 1))
            }
        }
        return bytes
    }

    private func inserting(_ path: [String], _ new: JSONValue, into object: Cursor.Members, level: Int) -> [UInt8] {
        // Whatever is still missing of the path is wrapped around the value.
        let wrapped = path.dropFirst().reversed().reduce(new) { value, key in [key: value] }
        let name = String(decoding: JSONValue.string(path[0]).encoded(), as: UTF8.self)
        let member = "\n" + layout.margin(level + 1) + name + ": " + layout.text(wrapped, level: level + 1)
        if let last = object.list.last {
            return replacing(last.value.upperBound..<last.value.upperBound, by: "," + member)
        }
        return replacing(object.range, by: "{" + member + "\n" + layout.margin(level) + "}")
    }

    private func replacing(_ range: Range<Int>, by text: String) -> [UInt8] {
        Array(bytes[..<range.lowerBound]) + Array(text.utf8) + Array(bytes[range.upperBound...])
    }

    /// What stands before the first member of the root, if it is blanks or tabs alone.
    private static func indentation(of bytes: [UInt8]) -> String {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\"")),
            let start = bytes[..<end].lastIndex(of: UInt8(ascii: "\n"))
        else { return JSONLayout().indentation }
        let text = bytes[(start + 1)..<end]
        let isIndentation = (1...8).contains(text.count) && text.allSatisfy { $0 == 0x20 || $0 == 0x09 }
        return isIndentation ? String(decoding: text, as: UTF8.self) : JSONLayout().indentation
    }
}

/// Finds the places of members in text that is known to be JSON.
private struct Cursor {
    struct Members {
        /// From brace to brace.
        var range: Range<Int>
        var list: [(key: String, value: Range<Int>)]
    }

    private let bytes: [UInt8]
    var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var byte: UInt8 { place < bytes.count ? bytes[place] : 0 }

    mutating func skipBlanks() {
        while byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { place += 1 }
    }

    /// The members of the object that begins here; nil when something else does.
    mutating func members() -> Members? {
        guard byte == UInt8(ascii: "{") else { return nil }
        let start = place
        var list: [(key: String, value: Range<Int>)] = []
        place += 1
        skipBlanks()
        while byte == UInt8(ascii: "\"") {
            let keyStart = place
            skipString()
            let key = (try? JSONValue(parsing: bytes[keyStart..<place]))?.stringValue ?? ""
            skipBlanks()
            place += 1  // The colon.
            skipBlanks()
            let valueStart = place
            skipValue()
            list.append((key, valueStart..<place))
            skipBlanks()
            if byte == UInt8(ascii: ",") { place += 1 }
            skipBlanks()
        }
        return Members(range: start..<(place + 1), list: list)
    }

    private mutating func skipString() {
        place += 1
        while place < bytes.count, byte != UInt8(ascii: "\"") { place += byte == UInt8(ascii: "\\") ? 2 : 1 }
        place += 1
    }

    private mutating func skipValue() {
        var depth = 0
        while place < bytes.count {
            switch byte {
            case UInt8(ascii: "\""):
                skipString()
                if depth == 0 { return }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
                if depth == 0 {
                    place += 1
                    return
                }
            case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
                if depth == 0 { return }
            default: break
            }
            place += 1
        }
    }
}
