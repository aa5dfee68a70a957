/// The addresses of what a tenant holds; whose they are the credential says, never the address.
package enum SearchURI: Hashable, Sendable {
    /// `search://collections/{name}`.
    case collection(String)
    /// `search://documents/{collection}/{id}`.
    case document(collection: String, id: String)
    /// `search://documents/{collection}/{id}/passages/{n}`; passages count from 1.
    case passage(collection: String, id: String, number: UInt32)

    /// Reads an address; each part is percent-decoded, so a slash inside an id must be written `%2F`.
    package init?(_ text: String) {
        let scheme = "search://"
        guard text.hasPrefix(scheme), text.utf8.count <= 4_096 else { return nil }
        var parts: [String] = []
        for piece in text.utf8.dropFirst(scheme.utf8.count)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            guard let part = Self.decoded(piece), !part.isEmpty, !part.utf8.contains(0) else { return nil }
            parts.append(part)
        }
        switch (parts.first, parts.count) {
        case ("collections", 2): self = .collection(parts[1])
        case ("documents", 3): self = .document(collection: parts[1], id: parts[2])
        case ("documents", 5) where parts[3] == "passages":
            guard let number = UInt32(parts[4]), number > 0, String(number) == parts[4] else { return nil }
            self = .passage(collection: parts[1], id: parts[2], number: number)
        default: return nil
        }
    }

    /// The one spelling in which this box names it.
    package var text: String {
        switch self {
        case .collection(let name): "search://collections/\(name)"
        case .document(let collection, let id): DocumentURI.make(collection: collection, id: id)
        case .passage(let collection, let id, let number):
            DocumentURI.make(collection: collection, id: id) + "/passages/\(number)"
        }
    }

    /// What must change for this to change.
    package var watched: WatchedResource {
        switch self {
        case .collection(let name): .collection(name)
        case .document(let collection, let id), .passage(let collection, let id, _):
            .document(WriteBatch.Key(collection: collection, id: id))
        }
    }

    /// RFC 3986, strictly: two hexadecimal digits behind every `%`, and UTF-8.
    private static func decoded(_ piece: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(piece.count)
        var rest = piece[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
